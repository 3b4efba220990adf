import {readFileSync} from 'node:fs';
import {isRunLine, parseRecorded, type Recorded, type RunLine, recordingFormat} from '../host/recorded.js';
import {RecordingError, reasonOf} from '../model/errors.js';

/** What one engine got. */
export interface RecordedRun {
	readonly run: RunLine;
	readonly lines: readonly Recorded[];
}

const advice = 'Name files that netmon watch --record has written.';

/** Reads the files of a recording, in any order, and joins the parts of each run. Throws a RecordingError if a file cannot be read. */
export function readRecording(files: readonly string[]): readonly RecordedRun[] {
	const parts = files.flatMap(readParts).toSorted((a, b) => compare(a.run.wall, b.run.wall) || numberOf(a.run) - numberOf(b.run));
	const runs: {run: RunLine; last: RunLine; lines: Recorded[]}[] = [];
	for (const {run, lines} of parts) {
		const before = runs.at(-1);
		if (before !== undefined && follows(run, before.last)) {
			before.lines = before.lines.concat(withoutHead(lines, before.lines));
			before.last = run;
		} else runs.push({run, last: run, lines});
	}
	return runs;
}

function readParts(file: string): {run: RunLine; lines: Recorded[]}[] {
	let text: string;
	try {
		text = readFileSync(file, 'utf8');
	} catch (error) {
		throw new RecordingError(`cannot read ${file}: ${reasonOf(error)}`, advice, {cause: error});
	}
	const parts: {run: RunLine; lines: Recorded[]}[] = [];
	for (const line of text.split('\n').slice(0, -1)) {
		const recorded = parseRecorded(line);
		if (recorded === undefined) throw unreadable(file, line);
		if (recorded.what === 'run') parts.push({run: recorded, lines: []});
		else parts.at(-1)?.lines.push(recorded);
	}
	if (parts.length === 0) throw new RecordingError(`${file} is no recording`, advice);
	if (parts.some(({lines}) => lines.some(({what}) => what === 'lost')))
		throw new RecordingError(`${file} cannot be replayed: its disk took no more, and lines are missing`, 'Record it again.');
	return parts;
}

function unreadable(file: string, line: string): RecordingError {
	if (isRunLine(line)) {
		return new RecordingError(
			`${file} has another format than this netmon writes, which is ${recordingFormat}`,
			'Replay it with the netmon version that recorded it.',
		);
	}
	return new RecordingError(`${file} is no recording that this netmon can read: ${line.slice(0, 80)}`, 'Record it again with this netmon.');
}

function numberOf({part}: RunLine): number {
	return part?.number ?? 1;
}

function follows(run: RunLine, last: RunLine): boolean {
	return run.wall === last.wall && run.seed === last.seed && numberOf(run) === numberOf(last) + 1;
}

/** Leaves out what a part repeats of the part before it, so that it can be read alone. */
function withoutHead(lines: readonly Recorded[], before: readonly Recorded[]): readonly Recorded[] {
	const asked = new Set(before.flatMap((line) => (line.what === 'ask' ? [line.id] : [])));
	return lines.filter((line) => line.what !== 'picture' && !(line.what === 'ask' && asked.has(line.id)));
}

function compare(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
