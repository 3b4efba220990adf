import {readFileSync} from 'node:fs';
import {eventFilter} from '../diff/event-filter.js';
import {Engine} from '../host/engine.js';
import {EventFeed} from '../host/event-feed.js';
import {type InputLine, parseRecorded, type Recorded, type RunLine, recordingFormat} from '../host/recorded.js';
import {DivergedError, ReplayedRun} from '../host/replayed-run.js';
import {exitCode, messageOf, RecordingError} from '../model/errors.js';
import {silentLog} from '../model/log.js';
import type {ReplayOptions} from '../options/replay-options.js';
import {wantsColours} from '../report/colour.js';
import {isTerminal} from '../report/descriptor.js';
import {heardWords} from '../report/input-words.js';
import {Lines, localStamp} from '../report/lines.js';
import {print} from '../report/print.js';
import {visibleText} from '../text/byte-text.js';
import {runtimeForm} from './audience.js';
import {PassingClock} from './passing-clock.js';

interface RecordedRun {
	readonly run: RunLine;
	readonly lines: readonly Recorded[];
}

/** Feeds a recording through the engine, and prints what it does. Resolves to the exit code. */
export async function replay(options: ReplayOptions): Promise<number> {
	const text = await replayedText(options);
	if (text !== '') await print(text);
	return exitCode.done;
}

/** The output of a replay. */
export async function replayedText(options: ReplayOptions): Promise<string> {
	const texts: string[] = [];
	for (const recorded of readRecording(options.file)) await replayRun(recorded, options, (text) => texts.push(text));
	return texts.join('');
}

async function replayRun({run, lines}: RecordedRun, {file, json, step, color}: ReplayOptions, show: (text: string) => void): Promise<void> {
	const replayed = new ReplayedRun(run, lines, ({op, payload}) => {
		if (json) show(`{"op":${JSON.stringify(op)},"payload":${payload}}\n`);
	});
	const clock = new PassingClock();
	const shown = new Lines({
		colours: wantsColours(color, {isTTY: isTerminal(1)}, process.env),
		namespaces: false,
		timestamps: step ? 'full' : 'time',
		columns: () => undefined,
	});
	const begun = Date.parse(run.wall);
	const questions = new Map(lines.flatMap((line) => (line.what === 'ask' ? [[line.id, line.question] as const] : [])));
	const feed = new EventFeed({
		netns: run.netns,
		filter: eventFilter({families: run.rules.families}),
		sinks: json ? [] : [{take: (event) => show(shown.line(event))}],
		clock,
		now: () => new Date(begun + clock.now()),
		onFault: (error) => {
			throw error;
		},
	});
	const {consumer, store} = replayed;
	const {rules, pollIntervalMs, asksForAll, bareFrom, profile} = run;
	const engine = new Engine(
		{
			...{probe: replayed.probe, clock: replayed.clock, log: silentLog, events: feed},
			...(run.runtime === undefined ? {} : {runtime: {consumer, store, form: runtimeForm(profile)}}),
		},
		{rules, pollIntervalMs, asksForAll, ...(bareFrom === undefined ? {} : {bareFrom: bareFrom ?? Number.POSITIVE_INFINITY})},
	);
	let failure: unknown;
	engine
		.start(() => replayed.check)
		.catch((error: unknown) => {
			failure = error;
		});
	try {
		await replayed.play((input) => {
			clock.passTo(input.at);
			const words = step ? inputWords(input, questions) : undefined;
			if (words !== undefined) show(`${localStamp(begun + input.at)} < ${visibleText(words)}\n`);
		});
	} catch (error) {
		if (!(error instanceof DivergedError)) throw error;
		throw new RecordingError(
			`${file}: netmon ${run.version} recorded something that this version does not do: ${error.message}`,
			'Replay it with the netmon version that recorded it.',
			{
				cause: error,
			},
		);
	}
	if (failure instanceof DivergedError) throw failure;
	feed.stop();
}

/** Words for an input of the engine; undefined if it means nothing to a reader. */
function inputWords(input: InputLine, questions: ReadonlyMap<number, string>): string | undefined {
	switch (input.what) {
		case 'events':
			return heardWords(input.events);
		case 'loss':
		case 'end':
			return `monitor: ${input.what}, ${input.reason}`;
		case 'answer':
			return `ip: ${questions.get(input.id) ?? 'answer'}`;
		case 'failed':
			return `ip: ${questions.get(input.id) ?? 'question'} failed, ${input.reason}`;
		case 'called':
			return `call ${input.id}: ${input.outcome.ok ? 'done' : input.outcome.reason}`;
		case 'timer':
			return 'time passes';
		default:
			return undefined;
	}
}

function readRecording(file: string): readonly RecordedRun[] {
	let text: string;
	try {
		text = readFileSync(file, 'utf8');
	} catch (error) {
		throw new RecordingError(`cannot read ${file}: ${messageOf(error)}`, 'Name a file that netmon watch --record has written.', {
			cause: error,
		});
	}
	const runs: {run: RunLine; lines: Recorded[]}[] = [];
	for (const line of text.split('\n').slice(0, -1)) {
		const recorded = parseRecorded(line);
		if (recorded === undefined) throw unreadable(file, line);
		if (recorded.what === 'run') runs.push({run: recorded, lines: []});
		else runs.at(-1)?.lines.push(recorded);
	}
	if (runs.length === 0) throw new RecordingError(`${file} is no recording`, 'Name a file that netmon watch --record has written.');
	if (runs.some(({run, lines}) => run.format !== recordingFormat || lines.some(({what}) => what === 'lost'))) {
		throw new RecordingError(`${file} cannot be replayed: it has another format, or its disk took no more`, 'Record it again.');
	}
	return runs;
}

function unreadable(file: string, line: string): RecordingError {
	return new RecordingError(`${file} is no recording that this netmon can read: ${line.slice(0, 80)}`, 'Record it again with this netmon.');
}
