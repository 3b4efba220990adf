import {closeSync, constants, fstatSync, openSync} from 'node:fs';
import {readFrom} from '../files/own-file.js';
import {isCode} from '../model/errors.js';
import {type Event, eventVersion} from '../model/event.js';
import {parseEventLine} from './event-line.js';
import {listSegments, type Segment} from './segment.js';

export interface HistoryQuery {
	/** Milliseconds since 1970. */
	readonly since: number;
	readonly until: number;
	/** Checks the text alone: whether a line may match. Parsing JSON takes ten times as long. */
	mayMatch(line: string): boolean;
	matches(event: Event): boolean;
}

export interface Found {
	readonly event: Event;
	/** The event that caused it, the cause of that one, and so on; the nearest first. */
	readonly causes: readonly Event[];
}

interface Progress {
	offset: number;
	/** The text up to the offset, as far as it is still in memory. */
	text: string;
}

const noCauses: readonly Event[] = [];

/** Reads a journal from its files, even while they are written. */
export class History {
	readonly #directory: string;
	readonly #query: HistoryQuery;
	readonly #progress = new Map<string, Progress>();
	/** Numbers of the last events, by process and namespace. They show what the next segment repeats. */
	readonly #last = new Map<string, number>();
	#reading: Progress | undefined;
	#before: Progress | undefined;
	/** Lines that are no events. */
	damaged = 0;
	/** Lines of another version of the events. */
	foreign = 0;

	constructor(directory: string, query: HistoryQuery) {
		this.#directory = directory;
		this.#query = query;
	}

	/** Matching events that have not been read yet, in the order in which they were written. */
	*read(): Generator<Found> {
		const {since, until} = this.#query;
		const segments = listSegments(this.#directory);
		for (const [index, segment] of segments.entries()) {
			const next = segments[index + 1];
			const isOver = next !== undefined && next.pid === segment.pid && next.number === segment.number + 1 && next.begins <= since;
			if (!isOver && segment.begins <= until) yield* this.#readSegment(segment);
		}
	}

	*#readSegment(segment: Segment): Generator<Found> {
		const progress = this.#progressOf(segment);
		const fresh = segmentFrom(segment.path, progress.offset);
		if (fresh === undefined) return;
		const end = fresh.lastIndexOf(0x0a) + 1;
		if (end === 0) return;
		if (progress.offset === 0 && segment.number === 1) this.#beginProcess(segment);
		progress.offset += end;
		const text = fresh.toString('utf8', 0, end);
		if (this.#reading !== progress) {
			this.#before = this.#reading;
			this.#reading = progress;
		}
		const from = progress.text.length;
		progress.text += text;
		const [since, until] = [this.#query.since, this.#query.until].map(isoOf);
		for (let at = from; at < progress.text.length; ) {
			const lineEnd = progress.text.indexOf('\n', at);
			const line = progress.text.slice(at, lineEnd);
			const start = at;
			at = lineEnd + 1;
			const time = timeOf(line);
			if (time !== undefined && ((since !== undefined && time < since) || (until !== undefined && time > until))) continue;
			if (!this.#query.mayMatch(line)) continue;
			const event = parseEventLine(line);
			if (event === undefined && !line.startsWith(lineStart) && otherVersion.test(line)) this.foreign += 1;
			else if (event === undefined) this.damaged += 1;
			else if (!this.#isRepeated(event, segment) && this.#query.matches(event))
				yield {event, causes: this.#causesOf(event, progress.text, start)};
		}
		// Consequences of an event are written soon after it.
		if (this.#before !== undefined && this.#before !== progress) this.#before.text = this.#before.text.slice(-mostKeptText);
	}

	#progressOf(segment: Segment): Progress {
		const known = this.#progress.get(segment.path);
		if (known !== undefined) return known;
		const progress: Progress = {offset: 0, text: ''};
		this.#progress.set(segment.path, progress);
		return progress;
	}

	/** Whether an event was read before: from the last segment, or as part of the picture at the start of a segment. */
	#isRepeated({event, seq, netns = '', time}: Event, {pid, number, begins}: Segment): boolean {
		if (event === 'dropped') return false;
		if (number > 1 && (event.endsWith('-found') || event === 'ready') && Date.parse(time) === begins) return true;
		const key = `${pid} ${netns}`;
		if (seq <= (this.#last.get(key) ?? 0)) return true;
		this.#last.set(key, seq);
		return false;
	}

	/** Each process counts from 1. */
	#beginProcess({pid}: Segment): void {
		for (const key of this.#last.keys()) if (key.startsWith(`${pid} `)) this.#last.delete(key);
	}

	#causesOf(event: Event, text: string, before: number): readonly Event[] {
		const seq = 'because' in event ? event.because?.seq : undefined;
		if (seq === undefined) return noCauses;
		const inPlace = eventBefore(text, before, seq, event.netns);
		const elsewhere = this.#before?.text ?? '';
		const cause = inPlace ?? eventBefore(elsewhere, elsewhere.length, seq, event.netns);
		if (cause === undefined) return noCauses;
		return [cause.event, ...this.#causesOf(cause.event, inPlace === undefined ? elsewhere : text, cause.at)];
	}
}

const mostKeptText = 4_000_000;

/** Searches backwards for the event with this number. */
function eventBefore(text: string, before: number, seq: number, netns: string | undefined): {event: Event; at: number} | undefined {
	for (let at = text.lastIndexOf(`"seq":${seq},`, before); at >= 0; at = text.lastIndexOf(`"seq":${seq},`, at - 1)) {
		const start = text.lastIndexOf('\n', at) + 1;
		const event = parseEventLine(text.slice(start, text.indexOf('\n', at)));
		if (event?.seq === seq && event.netns === netns && event.event !== 'dropped') return {event, at: start};
	}
	return undefined;
}

const lineStart = `{"v":${eventVersion},`;
const lineHead = `${lineStart}"time":"`;
const otherVersion = /^\{"v":\d+,/;
const timeLength = '2026-11-26T12:03:04.123Z'.length;

function timeOf(line: string): string | undefined {
	return line.startsWith(lineHead) ? line.slice(lineHead.length, lineHead.length + timeLength) : undefined;
}

/** Times of this form sort as text. */
function isoOf(ms: number): string | undefined {
	return Number.isFinite(ms) ? new Date(ms).toISOString() : undefined;
}

/** Reads a segment from an offset on. Undefined if nothing is there: no file, no regular file, or no more bytes. */
export function segmentFrom(path: string, offset: number): Buffer | undefined {
	let file: number;
	try {
		file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
	} catch (error) {
		if (isCode(error, 'ENOENT') || isCode(error, 'ELOOP')) return undefined;
		throw error;
	}
	try {
		const stats = fstatSync(file);
		if (!stats.isFile() || stats.size <= offset) return undefined;
		return readFrom(file, offset, stats.size - offset);
	} finally {
		closeSync(file);
	}
}
