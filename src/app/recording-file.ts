import {ftruncateSync} from 'node:fs';
import {openOwnFile} from '../files/own-file.js';
import type {Recorded} from '../host/recorded.js';
import {messageOf, OutputUnavailableError} from '../model/errors.js';
import type {Log} from '../model/log.js';
import type {Descriptor} from '../report/descriptor.js';
import {Output} from '../report/output.js';

/** The file of `--record FILE`: for each engine one line about how it was made, then one line for each of its inputs and actions. */
export interface RecordingFile {
	write(line: Recorded): void;
	flush(limitMs: number): Promise<void>;
}

/** Throws an OutputUnavailableError if the file cannot be made. */
export function openRecording(path: string, log: Log): RecordingFile {
	const output = new Output(openEmpty(path), {
		dropped: (lines) => `${JSON.stringify({at: 0, what: 'lost', lines})}\n`,
		gone: () => log.error({path}, 'recording has ended, nobody reads its pipe any more'),
		failed: (error) => log.error({path, reason: messageOf(error)}, 'the recording cannot be written, trying again each second'),
	});
	return {
		write: (line) => output.write(`${JSON.stringify(line)}\n`),
		flush: (limitMs) => output.flush(limitMs),
	};
}

/** Refuses pipes and devices: opening a pipe would wait for its reader, and a device cannot be read back. */
function openEmpty(path: string): Descriptor {
	try {
		const fd = openOwnFile(path, 'write');
		ftruncateSync(fd);
		return {fd, kind: 'file'};
	} catch (error) {
		throw new OutputUnavailableError(`cannot write ${path}: ${messageOf(error)}`, 'Name another file with --record FILE.', {cause: error});
	}
}
