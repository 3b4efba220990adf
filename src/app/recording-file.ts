import {ftruncateSync} from 'node:fs';
import type {Disk} from '../files/disk-thread.js';
import {openOwnFile} from '../files/own-file.js';
import {isInput, type Recorded} from '../host/recorded.js';
import {OutputUnavailableError, reasonOf} from '../model/errors.js';
import type {Log} from '../model/log.js';
import type {RecordChoice} from '../options/watch-options.js';
import {FileOutput} from '../report/file-output.js';
import {monotonicMs} from '../time/clock.js';
import {openDisk} from './disk.js';
import {forgetOldParts, nextPart, partShare} from './recording-parts.js';

/** How long a full file may take to be written to its end. */
const closeMs = 2000;
/** How long to wait after a further file could not be made. */
const retryMs = 10_000;

/** Throws an OutputUnavailableError if the file cannot be made. */
export function openRecordingFile(choice: RecordChoice, log: Log): RecordingFile {
	const {path} = choice;
	try {
		forgetOldParts(path);
		// Refuses pipes and devices: opening a pipe would wait for its reader, and a device cannot be read back.
		const fd = openOwnFile(path, 'write');
		ftruncateSync(fd);
		return new RecordingFile(choice, fd, openDisk(path, log), log);
	} catch (error) {
		throw new OutputUnavailableError(`cannot write ${path}: ${reasonOf(error)}`, 'Name another file with --record FILE.', {cause: error});
	}
}

/**
 * The file of `--record FILE`: for each engine one line about how it was made, then one line for each of its inputs and actions. FILE is
 * the newest part; what was FILE before is FILE.1.
 */
export class RecordingFile {
	readonly #choice: RecordChoice;
	readonly #disk: Disk;
	readonly #log: Log;
	#output: FileOutput;
	/** The next file is being made. */
	#making = false;
	/** The next file, which is empty. */
	#next: FileOutput | undefined;
	#bytes = 0;
	#headBytes = 0;
	#retryAt = Number.NEGATIVE_INFINITY;
	#head: (() => readonly Recorded[]) | undefined;

	constructor(choice: RecordChoice, fd: number, disk: Disk, log: Log) {
		this.#choice = choice;
		this.#disk = disk;
		this.#log = log;
		this.#output = this.#outputTo(fd);
	}

	write(line: Recorded): void {
		// Between two inputs the engine is at rest.
		if (isInput(line) && this.#isDue()) this.#beginNext();
		this.#append(line);
	}

	/** From now on another file begins with these lines, so that it can be read alone. */
	beginPartsWith(head: (() => readonly Recorded[]) | undefined): void {
		this.#head = head;
	}

	flush(limitMs: number): Promise<void> {
		return this.#output.flush(limitMs);
	}

	#append(line: Recorded): void {
		const text = `${JSON.stringify(line)}\n`;
		this.#bytes += Buffer.byteLength(text);
		this.#output.write(text);
	}

	#isDue(): boolean {
		return this.#head !== undefined && this.#bytes >= Math.max(partShare(this.#choice.sizeBytes), 2 * this.#headBytes);
	}

	/** If a stalled disk makes the next file late, it begins with the input that comes then. */
	#beginNext(): void {
		if (this.#next === undefined && !this.#making && monotonicMs() >= this.#retryAt) this.#makeNext();
		if (this.#next === undefined) return;
		const full = this.#output;
		void full.flush(closeMs).then(() => full.close());
		this.#output = this.#next;
		this.#next = undefined;
		this.#bytes = 0;
		for (const line of this.#head?.() ?? []) this.#append(line);
		this.#headBytes = this.#bytes;
	}

	#makeNext(): void {
		const {path} = this.#choice;
		this.#making = true;
		this.#disk.run(nextPart(path), (answer) => {
			this.#making = false;
			if (!('error' in answer)) {
				this.#next = this.#outputTo(answer.value);
				return;
			}
			this.#retryAt = monotonicMs() + retryMs;
			this.#log.error({path, reason: reasonOf(answer.error)}, 'cannot begin another file of the recording, the last one goes on');
		});
	}

	#outputTo(fd: number): FileOutput {
		const {path} = this.#choice;
		return new FileOutput(
			fd,
			{
				dropped: (lines) => `${JSON.stringify({at: 0, wall: new Date().toISOString(), what: 'lost', lines})}\n`,
				failed: (error) => this.#log.error({path, reason: reasonOf(error)}, 'the recording cannot be written, trying again each second'),
			},
			this.#disk,
		);
	}
}
