import type {EndDifference} from '../diff/compare-ends.js';
import {DivergedError} from '../host/replayed-run.js';
import {exitCode, RecordingError} from '../model/errors.js';
import type {ReplayOptions} from '../options/replay-options.js';
import {wantsColours} from '../report/colour.js';
import {isTerminal} from '../report/descriptor.js';
import {Lines, localStamp} from '../report/lines.js';
import {complain, print} from '../report/print.js';
import {visibleText} from '../text/byte-text.js';
import {type RecordedRun, readRecording} from './read-recording.js';
import {type End, nobody, type ReplayListener, replayAltered, replayExactly} from './replayed-engines.js';
import {alter, asRecorded, differencesOf} from './what-if.js';

/** The output of a replay. */
export interface Replayed {
	readonly text: string;
	/** Whether it ends as recorded; undefined if nothing was altered. */
	readonly verdict: Verdict | undefined;
}

interface Verdict {
	readonly same: boolean;
	readonly text: string;
}

/** Feeds a recording through the engine, and prints what it does. Resolves to the exit code: 1 if it ends differently than recorded. */
export async function replay(options: ReplayOptions): Promise<number> {
	const {text, verdict} = await replayed(options);
	if (text !== '') await print(text);
	if (verdict !== undefined && !options.json) await complain(verdict.text);
	return verdict?.same === false ? 1 : exitCode.done;
}

export async function replayed(options: ReplayOptions): Promise<Replayed> {
	const texts: string[] = [];
	const seed = options.seed ?? Math.floor(Math.random() * 2 ** 32);
	let differences: readonly EndDifference[] = [];
	const counts = {lines: 0, dropped: 0};
	let isAltered = false;
	for (const recorded of readRecording(options.files)) {
		const shown = listener(options, (text) => texts.push(text));
		const altered = alter(recorded, options, seed);
		if (altered === undefined) await played(recorded, shown);
		else {
			isAltered = true;
			counts.lines += altered.lineCount;
			counts.dropped += altered.droppedCount;
			const end = await replayAltered(altered, altered.alterations, shown);
			const ends = [await played(recorded, nobody), await replayAltered(recorded, asRecorded, nobody)] as const;
			differences = differences.concat(differencesOf(ends, end));
		}
	}
	if (!isAltered) return {text: texts.join(''), verdict: undefined};
	const verdict = verdictOf(differences, counts, options.drop === undefined ? undefined : seed, options.json);
	return {text: texts.join('') + (options.json ? verdict.text : ''), verdict};
}

function listener({json, step, color}: ReplayOptions, show: (text: string) => void): ReplayListener {
	const lines = new Lines({
		colours: wantsColours(color, isTerminal(1), process.env),
		namespaces: false,
		timestamps: step ? 'full' : 'time',
		columns: () => undefined,
	});
	return {
		input: (at, words) => {
			if (step) show(`${localStamp(at)} < ${visibleText(words)}\n`);
		},
		call: (at, {op, payload, ifname}) => {
			if (json) show(`{"op":${JSON.stringify(op)},"payload":${payload}}\n`);
			// Shown beside its cause; its outcome is an event.
			else if (step) show(`${localStamp(at)} > ${visibleText([op, ifname ?? ''].join(' ').trim())} begins\n`);
		},
		sinks: json ? [] : [{take: (event) => show(lines.line(event))}],
	};
}

/** Replays a run as it was recorded. A part without the parts before it is replayed from the picture that it begins with. */
async function played(recorded: RecordedRun, shown: ReplayListener): Promise<End> {
	const {run} = recorded;
	if (run.part !== undefined) return replayAltered(recorded, asRecorded, shown);
	try {
		return await replayExactly(recorded, shown);
	} catch (error) {
		if (!(error instanceof DivergedError)) throw error;
		throw new RecordingError(
			`netmon ${run.version} recorded something that this version does not do: ${error.message}`,
			'Replay it with the netmon version that recorded it.',
			{cause: error},
		);
	}
}

function verdictOf(
	differences: readonly EndDifference[],
	{lines, dropped}: {readonly lines: number; readonly dropped: number},
	seed: number | undefined,
	json: boolean,
): Verdict {
	const same = differences.length === 0;
	if (json) {
		const left = seed === undefined ? {} : {lines, dropped, seed};
		return {same, text: `${JSON.stringify({end: same ? 'same' : 'different', differences, ...left})}\n`};
	}
	const left = seed === undefined ? '' : `, without ${dropped} of ${lines} lines of the monitor (--seed ${seed})`;
	const what = differences.map(({interface: name, text}) => (name === undefined ? text : `${name}: ${text}`)).join('; ');
	return {
		same,
		text: `${same ? 'It ends as it was recorded' : 'It ends otherwise than it was recorded'}${left}${same ? '' : `: ${visibleText(what)}`}\n`,
	};
}
