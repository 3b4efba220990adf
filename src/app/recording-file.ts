import {constants, openSync} from 'node:fs';
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
	const output = new Output(openFile(path), {
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

/** Made anew. A pipe without a reader is refused (ENXIO): to wait for one would hold up the watch. */
function openFile(path: string): Descriptor {
	const {O_WRONLY, O_CREAT, O_TRUNC, O_NONBLOCK, O_NOCTTY} = constants;
	try {
		return {fd: openSync(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_NOCTTY, 0o640), kind: 'file'};
	} catch (error) {
		throw new OutputUnavailableError(`cannot write ${path}: ${messageOf(error)}`, 'Name another file with --record FILE.', {cause: error});
	}
}
