import {ftruncateSync} from 'node:fs';
import {openOwnFile} from '../files/own-file.js';
import {messageOf, OutputUnavailableError} from '../model/errors.js';
import type {Log} from '../model/log.js';
import type {WatchOptions} from '../options/watch-options.js';
import type {Descriptor} from '../report/descriptor.js';
import {Output} from '../report/output.js';
import {version} from '../version.js';
import type {Recorded} from '../watch/recording-probe.js';

const format = 1;

/** Where `--record FILE` writes: a line that tells how it was made, then one for each thing observed. */
export interface RecordingFile {
	write(line: Recorded): void;
	flush(limitMs: number): Promise<void>;
}

/** Throws an OutputUnavailableError where the file cannot be made. */
export function openRecording(path: string, options: WatchOptions, log: Log): RecordingFile {
	const output = new Output(openEmpty(path), {
		dropped: (count) => `${JSON.stringify({what: 'dropped', lines: count})}\n`,
		gone: () => log.error({path}, 'recording has ended, nobody reads its pipe any more'),
		failed: (error) => log.error({path, reason: messageOf(error)}, 'the recording cannot be written, trying again each second'),
	});
	const {families, onChange, addressWaitMs, profile, sandbox} = options;
	output.write(`${JSON.stringify({what: 'recording', format, version, families, onChange, addressWaitMs, profile, sandbox})}\n`);
	return {
		write: (line) => output.write(`${JSON.stringify(line)}\n`),
		flush: (limitMs) => output.flush(limitMs),
	};
}

/** A pipe would be waited for, and a device is no file to read again: both are refused. */
function openEmpty(path: string): Descriptor {
	try {
		const fd = openOwnFile(path, 'write');
		ftruncateSync(fd);
		return {fd, kind: 'file'};
	} catch (error) {
		throw new OutputUnavailableError(`cannot write ${path}: ${messageOf(error)}`, 'Name another file with --record FILE.', {cause: error});
	}
}
