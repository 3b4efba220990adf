import {renameSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {messageOf} from '../model/errors.js';
import type {Event} from '../model/event.js';
import type {Family} from '../model/link.js';
import type {Log} from '../model/log.js';
import type {Sink} from '../model/sink.js';
import {Fold} from './fold.js';
import {headLines} from './head.js';
import {removeOldSegments} from './retention.js';
import {listSegments, listUnfinished, segmentName, unfinishedSuffix} from './segment.js';
import {type NextSegment, type SegmentOutput, SegmentWriter} from './segment-writer.js';

export interface JournalOptions {
	readonly directory: string;
	/** The limit for all segments together. */
	readonly sizeBytes: number;
	/** Segments whose last event is older than this are removed. */
	readonly ageMs: number;
	readonly pid: number;
	/** Families that count; absent: both. */
	readonly families?: readonly Family[] | undefined;
	readonly log: Log;
	open(path: string): SegmentOutput;
	/** The wall clock. */
	now(): number;
	/** Calls soon, when nothing else is waiting. */
	soon(call: () => void): void;
}

/** A journal has about this many segments, so that the oldest ones can be removed one by one. */
const segments = 8;
/** Lines of a picture that are written without a pause. */
const linesAtOnce = 256;
/** How long to wait after a segment could not be made. */
const retryMs = 10_000;
const closeMs = 2000;

/**
 * Keeps events on disk in segments, each of which can be read alone: it begins with the picture, and the changes follow. The next segment
 * gets its final name when its picture is complete. Until then the last one goes on, so that a crash loses nothing.
 */
export class Journal implements Sink {
	readonly #options: JournalOptions;
	readonly #fold = new Fold();
	#number = 1;
	#current: SegmentWriter;
	/** The next segment, and the lines that follow its picture. */
	#next: NextSegment | undefined;
	#retryAt = Number.NEGATIVE_INFINITY;
	/** The first segment holds only the picture so far. */
	#onlyFound = true;
	/** The current segment lacks events. */
	#lacks = false;
	#warned = false;
	#closed = false;

	/** Makes the first segment. Throws if that is not possible. */
	constructor(options: JournalOptions) {
		this.#options = options;
		for (const path of listUnfinished(options.directory)) rmSync(path, {force: true});
		this.#current = this.#begin('');
		this.tidy();
	}

	take(happened: Event): void {
		if (this.#closed) return;
		const {families} = this.#options;
		const event = happened.event === 'ready' && families !== undefined ? {...happened, families} : happened;
		this.#fold.take(event);
		const line = `${JSON.stringify(event)}\n`;
		const taken = this.#current.write(line);
		if (!taken) this.#lacks = true;
		this.#next?.lines.push(line);
		const finding = event.event.endsWith('-found');
		if (this.#onlyFound) this.#current.headBytes = this.#current.bytes;
		if (!finding && event.event !== 'ready') this.#onlyFound = false;
		if (this.#next === undefined && taken && !finding && this.#isDue()) this.#beginNext();
	}

	/** Removes what is too old or too much. Call it from time to time. */
	tidy(room = this.#segmentBytes): void {
		const {directory, sizeBytes, ageMs, now} = this.#options;
		const {path, bytes} = this.#current;
		const kept = new Set([path, this.#next?.writing.path]);
		removeOldSegments(directory, kept, {bytes: sizeBytes - room - bytes, changedAfter: now() - ageMs});
	}

	/** Resolves when everything is written, or after the limit. */
	async close(limitMs: number): Promise<void> {
		if (this.#closed) return;
		this.#closed = true;
		this.#abandonNext();
		await this.#current.output.flush(limitMs);
		this.#current.output.close();
	}

	get #segmentBytes(): number {
		return Math.floor(this.#options.sizeBytes / segments);
	}

	#isDue(): boolean {
		const {bytes, headBytes, begins} = this.#current;
		const {now, ageMs} = this.#options;
		const at = now();
		if (at < this.#retryAt) return false;
		return this.#lacks || bytes >= Math.max(this.#segmentBytes, 2 * headBytes) || at - begins >= ageMs / segments;
	}

	#begin(suffix: string): SegmentWriter {
		const {directory, pid, now, open} = this.#options;
		// Later than every other segment, whatever the wall clock says, so that names sort in the order of events.
		const last = listSegments(directory).at(-1)?.begins ?? Number.NEGATIVE_INFINITY;
		const begins = Math.max(now(), last + 1);
		const path = join(directory, segmentName(begins, pid, this.#number)) + suffix;
		return new SegmentWriter(open(path), path, begins);
	}

	#beginNext(): void {
		this.#number += 1;
		try {
			this.tidy(this.#segmentBytes + this.#current.headBytes);
			const writing = this.#begin(unfinishedSuffix);
			const before = this.#current.output.taken;
			this.#next = {writing, head: headLines(this.#fold, new Date(writing.begins)), lines: [], before};
			this.#options.soon(() => this.#writeHead());
		} catch (error) {
			this.#setBack(error);
		}
	}

	#writeHead(): void {
		const {soon} = this.#options;
		const next = this.#next;
		if (next === undefined) return;
		for (let count = 0; count < linesAtOnce; count += 1) {
			const {done, value} = next.head.next();
			if (done === true) {
				next.writing.headBytes = next.writing.bytes;
				// Who reads along must find all that came before the picture in the last segment first.
				this.#current.output.whenWritten(next.before, () => {
					if (this.#next === next) this.#switchTo(next);
				});
				return;
			}
			if (!next.writing.write(value)) {
				this.#setBack(new Error('its disk takes no more'));
				return;
			}
		}
		soon(() => this.#writeHead());
	}

	#switchTo({writing, lines}: NextSegment): void {
		const path = writing.path.slice(0, -unfinishedSuffix.length);
		try {
			if (!lines.every((line) => writing.write(line))) throw new Error('its disk takes no more');
			renameSync(writing.path, path);
		} catch (error) {
			this.#setBack(error);
			return;
		}
		const {output} = this.#current;
		void output.flush(closeMs).then(() => output.close());
		writing.path = path;
		this.#current = writing;
		this.#next = undefined;
		this.#lacks = false;
		this.tidy();
		this.#warnOfSize();
	}

	#warnOfSize(): void {
		const {sizeBytes, log} = this.#options;
		if (this.#warned || this.#current.headBytes <= sizeBytes / 4) return;
		this.#warned = true;
		log.warn({bytes: this.#current.headBytes}, 'the picture alone takes much of --journal-size, little history is kept');
	}

	/** The last segment goes on. */
	#setBack(error: unknown): void {
		const {log, now, directory} = this.#options;
		this.#retryAt = now() + retryMs;
		log.error({path: directory, reason: messageOf(error)}, 'cannot begin another segment of the journal, the last one goes on');
		this.#abandonNext();
	}

	#abandonNext(): void {
		if (this.#next === undefined) return;
		const {output, path} = this.#next.writing;
		this.#next = undefined;
		output.close();
		rmSync(path, {force: true});
	}
}
