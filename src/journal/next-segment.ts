import type {Disk} from '../files/disk-thread.js';
import type {Fold} from './fold.js';
import {headLines} from './head.js';
import {unfinishedSuffix} from './segment.js';
import {type SegmentOutput, SegmentWriter} from './segment-writer.js';

export interface SegmentPorts {
	readonly disk: Disk;
	/** @param fd an open file, which is closed with the output */
	output(fd: number, path: string): SegmentOutput;
	/** Calls soon, when nothing else is waiting. */
	soon(call: () => void): void;
}

export interface SegmentPlace {
	readonly path: string;
	readonly begins: number;
}

/** A segment with its picture, and whether it has all events since then; or why it could not be made. */
export type NextEnd = {readonly writing: SegmentWriter; readonly whole: boolean} | Error;

/** Lines of a picture that are written without a pause. */
const linesAtOnce = 256;

/** Makes the next segment: its file, the picture, the events since, its final name. Each step starts when the disk has done the last. */
export class NextSegment {
	readonly #ports: SegmentPorts;
	readonly #place: SegmentPlace;
	readonly #current: SegmentOutput;
	readonly #ended: (end: NextEnd) => void;
	#writing: SegmentWriter | undefined;
	/** The events since the picture was taken. */
	readonly #lines: string[] = [];
	#over = false;

	/** @param current the output of the segment before it */
	constructor(ports: SegmentPorts, place: SegmentPlace, current: SegmentOutput, ended: (end: NextEnd) => void) {
		this.#ports = ports;
		this.#place = place;
		this.#current = current;
		this.#ended = ended;
	}

	/** Call it once. */
	begin(fold: Fold): void {
		this.#ports.disk.run([{do: 'create', path: this.#unfinished}], (answer) => {
			if ('error' in answer) {
				this.#end(answer.error);
				return;
			}
			const writing = new SegmentWriter(this.#ports.output(answer.value, this.#place.path), this.#place);
			this.#writing = writing;
			if (this.#over) {
				this.abandon();
				return;
			}
			const head = headLines(fold, new Date(this.#place.begins));
			const {taken} = this.#current;
			this.#ports.soon(() => this.#writeHead(writing, head, taken));
		});
	}

	/** Takes an event that happens meanwhile. */
	take(line: string): void {
		// Before the picture is taken, the event becomes a part of it.
		if (this.#writing !== undefined) this.#lines.push(line);
	}

	/** Gives the segment up. */
	abandon(): void {
		this.#over = true;
		if (this.#writing === undefined) return;
		this.#writing.output.close();
		this.#ports.disk.run([{do: 'remove', path: this.#unfinished}], () => undefined);
	}

	get #unfinished(): string {
		return this.#place.path + unfinishedSuffix;
	}

	#writeHead(writing: SegmentWriter, head: Iterator<string>, before: number): void {
		if (this.#over) return;
		for (let count = 0; count < linesAtOnce; count += 1) {
			const {done, value} = head.next();
			if (done === true) {
				writing.headBytes = writing.bytes;
				// Somebody may be reading along: all events before the picture must be in the last segment first.
				this.#current.whenWritten(before, () => this.#complete(writing));
				return;
			}
			if (!writing.write(value)) {
				this.#end(noRoom());
				return;
			}
		}
		this.#ports.soon(() => this.#writeHead(writing, head, before));
	}

	#complete(writing: SegmentWriter): void {
		if (this.#over) return;
		const {output} = writing;
		if (this.#writeLines(writing)) output.whenWritten(output.taken, () => this.#name(writing));
		else this.#end(noRoom());
	}

	#name(writing: SegmentWriter): void {
		if (this.#over) return;
		this.#ports.disk.run([{do: 'rename', from: this.#unfinished, to: this.#place.path}], (answer) => {
			if ('error' in answer) this.#end(answer.error);
			else if (!this.#over) this.#ended({writing, whole: this.#writeLines(writing)});
		});
	}

	#writeLines(writing: SegmentWriter): boolean {
		return this.#lines.splice(0).every((line) => writing.write(line));
	}

	#end(error: Error): void {
		if (this.#over) return;
		this.abandon();
		this.#ended(error);
	}
}

function noRoom(): Error {
	return new Error('its disk takes no more');
}
