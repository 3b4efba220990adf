import {ftruncateSync} from 'node:fs';
import {openOwnFile} from '../files/own-file.js';
import {isInput, type Recorded} from '../host/recorded.js';
import {messageOf, OutputUnavailableError} from '../model/errors.js';
import type {Log} from '../model/log.js';
import type {RecordChoice} from '../options/record-choice.js';
import {Output} from '../report/output.js';
import {forgetOldParts, partShare, shiftParts} from './recording-parts.js';

/** The file of `--record FILE`: for each engine one line about how it was made, then one line for each of its inputs and actions. */
export interface RecordingFile {
	write(line: Recorded): void;
	/** From now on another file begins with these lines, so that it can be read alone. */
	beginPartsWith(head: (() => readonly Recorded[]) | undefined): void;
	flush(limitMs: number): Promise<void>;
}

/** A file that is full is written to its end for at most this long. */
const closeMs = 2000;
/** After another file could not be begun. */
const retryMs = 10_000;

/** Throws an OutputUnavailableError where the file cannot be made. */
export function openRecordingFile(choice: RecordChoice, log: Log): RecordingFile {
	const {path} = choice;
	try {
		forgetOldParts(path);
		return new RotatedRecording(choice, openEmpty(path, log), log);
	} catch (error) {
		throw new OutputUnavailableError(`cannot write ${path}: ${messageOf(error)}`, 'Name another file with --record FILE.', {cause: error});
	}
}

/** A pipe would be waited for, and a device is no file to read again: both are refused. */
function openEmpty(path: string, log: Log): Output {
	const fd = openOwnFile(path, 'write');
	ftruncateSync(fd);
	return new Output(
		{fd, kind: 'file'},
		{
			dropped: (lines) => `${JSON.stringify({at: 0, wall: new Date().toISOString(), what: 'lost', lines})}\n`,
			gone: () => log.error({path}, 'recording has ended, nobody reads its pipe any more'),
			failed: (error) => log.error({path, reason: messageOf(error)}, 'the recording cannot be written, trying again each second'),
		},
	);
}

/** FILE is the newest; what was FILE before is FILE.1. */
class RotatedRecording implements RecordingFile {
	readonly #choice: RecordChoice;
	readonly #log: Log;
	#output: Output;
	#bytes = 0;
	#headBytes = 0;
	#retryAt = Number.NEGATIVE_INFINITY;
	#head: (() => readonly Recorded[]) | undefined;

	constructor(choice: RecordChoice, output: Output, log: Log) {
		this.#choice = choice;
		this.#output = output;
		this.#log = log;
	}

	write(line: Recorded): void {
		// Between two inputs the engine is at rest.
		if (isInput(line) && this.#isDue()) this.#rotate();
		this.#append(line);
	}

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

	#rotate(): void {
		const {path} = this.#choice;
		if (performance.now() < this.#retryAt) return;
		try {
			shiftParts(path);
			const full = this.#output;
			this.#output = openEmpty(path, this.#log);
			void full.flush(closeMs).then(() => full.close());
		} catch (error) {
			this.#retryAt = performance.now() + retryMs;
			this.#log.error({path, reason: messageOf(error)}, 'cannot begin another file of the recording, the last one goes on');
			return;
		}
		this.#bytes = 0;
		for (const line of this.#head?.() ?? []) this.#append(line);
		this.#headBytes = this.#bytes;
	}
}
