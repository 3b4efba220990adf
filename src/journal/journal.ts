import {rmSync} from 'node:fs';
import {join} from 'node:path';
import {openOwnFile} from '../files/own-file.js';
import {reasonOf} from '../model/errors.js';
import type {Event, Kept} from '../model/event.js';
import type {Log} from '../model/log.js';
import type {Sink} from '../model/sink.js';
import {Fold} from './fold.js';
import {NextSegment, type SegmentPlace, type SegmentPorts} from './next-segment.js';
import {type KeptSegment, keptSegments, segmentShare, segments, superfluous} from './retention.js';
import {listUnfinished, segmentName} from './segment.js';
import {SegmentWriter} from './segment-writer.js';

export interface JournalOptions extends SegmentPorts {
	readonly directory: string;
	/** The limit for all segments together. */
	readonly sizeBytes: number;
	/** Segments whose last event is older than this are removed. */
	readonly ageMs: number;
	readonly pid: number;
	readonly kept: Kept;
	readonly log: Log;
	/** The wall clock. */
	now(): number;
}

/** How long to wait after a segment could not be made. */
const retryMs = 10_000;
const closeMs = 2000;

/**
 * Keeps events on disk in segments. Each can be read alone: it begins with the picture, and the changes follow. The next segment gets its
 * final name when its picture is complete. Until then the last one goes on, so that a crash loses nothing.
 */
export class Journal implements Sink {
	readonly #options: JournalOptions;
	readonly #fold = new Fold();
	#number = 1;
	#current: SegmentWriter;
	/** The segments before it, oldest first. */
	#kept: readonly KeptSegment[];
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
		const {directory, output} = options;
		for (const path of listUnfinished(directory)) rmSync(path, {force: true});
		this.#kept = keptSegments(directory);
		const place = this.#place();
		this.#current = new SegmentWriter(output(openOwnFile(place.path, 'write'), place.path), place);
		this.#tidy();
	}

	take(happened: Event): void {
		if (this.#closed) return;
		const event = happened.event === 'ready' ? {...happened, ...this.#options.kept} : happened;
		this.#fold.take(event);
		const line = `${JSON.stringify(event)}\n`;
		const taken = this.#current.write(line);
		if (!taken) this.#lacks = true;
		this.#next?.take(line);
		const finding = event.event.endsWith('-found');
		if (this.#onlyFound) this.#current.headBytes = this.#current.bytes;
		if (!finding && event.event !== 'ready') this.#onlyFound = false;
		if (this.#next === undefined && taken && !finding && this.#isDue()) this.#beginNext();
	}

	/** Call it from time to time. */
	check(): void {
		this.#tidy();
		// If somebody has removed the current file, the next event begins another segment.
		this.#options.disk.run([{do: 'find', path: this.#current.path}], (answer) => {
			if ('error' in answer) this.#lacks = true;
		});
	}

	/** Removes segments that are too old or too many. */
	#tidy(room = this.#segmentBytes): void {
		const {sizeBytes, ageMs, now, disk, log} = this.#options;
		const gone = superfluous(this.#kept, {bytes: sizeBytes - room - this.#current.bytes, changedAfter: now() - ageMs});
		this.#kept = this.#kept.filter((segment) => !gone.includes(segment));
		for (const segment of gone) {
			disk.run([{do: 'remove', path: segment.path}], (answer) => {
				if (!('error' in answer)) return;
				// It still counts, and is tried again.
				this.#kept = [segment, ...this.#kept];
				log.error({path: segment.path, reason: reasonOf(answer.error)}, 'cannot remove an old segment of the journal');
			});
		}
	}

	/** Resolves when everything is written, or after the limit. */
	async close(limitMs: number): Promise<void> {
		if (this.#closed) return;
		this.#closed = true;
		this.#next?.abandon();
		await this.#current.output.flush(limitMs);
		this.#current.output.close();
	}

	get #segmentBytes(): number {
		return segmentShare(this.#options.sizeBytes);
	}

	#isDue(): boolean {
		const {bytes, headBytes, begins} = this.#current;
		const {now, ageMs} = this.#options;
		const at = now();
		if (at < this.#retryAt) return false;
		return this.#lacks || bytes >= Math.max(this.#segmentBytes, 2 * headBytes) || at - begins >= ageMs / segments;
	}

	#place(): SegmentPlace {
		const {directory, pid, now} = this.#options;
		// Later than every other segment, even if the wall clock was set back, so that names sort in the order of events.
		const last = (this.#number > 1 ? this.#current : this.#kept.at(-1))?.begins ?? Number.NEGATIVE_INFINITY;
		const begins = Math.max(now(), last + 1);
		return {path: join(directory, segmentName(begins, pid, this.#number)), begins};
	}

	#beginNext(): void {
		this.#number += 1;
		this.#tidy(this.#segmentBytes + this.#current.headBytes);
		this.#next = new NextSegment(this.#options, this.#place(), this.#current.output, (end) => {
			this.#next = undefined;
			if (end instanceof Error) this.#setBack(end);
			else this.#switchTo(end.writing, end.whole);
		});
		this.#next.begin(this.#fold);
	}

	#switchTo(writing: SegmentWriter, whole: boolean): void {
		const {output, path, bytes, begins} = this.#current;
		void output.flush(closeMs).then(() => output.close());
		this.#kept = [...this.#kept, {path, begins, bytes, changed: this.#options.now()}];
		this.#current = writing;
		this.#lacks = !whole;
		this.#tidy();
		this.#warnOfSize();
	}

	#warnOfSize(): void {
		const {sizeBytes, log} = this.#options;
		if (this.#warned || this.#current.headBytes <= sizeBytes / 4) return;
		this.#warned = true;
		log.warn({bytes: this.#current.headBytes}, 'the picture alone takes much of --journal-size, little history is kept');
	}

	/** The next segment could not be made, so the current one goes on. */
	#setBack(error: Error): void {
		const {log, now, directory} = this.#options;
		this.#retryAt = now() + retryMs;
		log.error({path: directory, reason: reasonOf(error)}, 'cannot begin another segment of the journal, the last one goes on');
	}
}
