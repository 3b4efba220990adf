import {createWriteStream, ftruncateSync} from 'node:fs';
import {openOwnFile} from '../files/own-file.js';
import {messageOf, OutputUnavailableError} from '../model/errors.js';
import type {Log} from '../model/log.js';
import type {WatchOptions} from '../options/watch-options.js';
import {Output} from '../report/output.js';
import {version} from '../version.js';
import type {Recorded} from '../watch/recording-probe.js';

const format = 1;

/** Where `--record FILE` writes: a line that tells how it was made, then one for each thing observed. */
export interface RecordingFile {
	write(line: Recorded): void;
	flush(limitMs: number): Promise<void>;
}

/** Throws an OutputUnavailableError where the file cannot be made, or is none: a pipe would be waited for. */
export function openRecording(path: string, options: WatchOptions, log: Log): RecordingFile {
	const stream = createWriteStream(path, {fd: openEmpty(path)});
	const dropped = (count: number) => `${JSON.stringify({what: 'dropped', lines: count})}\n`;
	const output = new Output(stream, dropped, () => log.error({path}, 'recording has ended, its file cannot be written'));
	const {families, onChange, addressWaitMs, profile, sandbox} = options;
	output.write(`${JSON.stringify({what: 'recording', format, version, families, onChange, addressWaitMs, profile, sandbox})}\n`);
	return {
		write: (line) => output.write(`${JSON.stringify(line)}\n`),
		flush: (limitMs) => output.flush(limitMs),
	};
}

function openEmpty(path: string): number {
	try {
		const file = openOwnFile(path, 'write');
		ftruncateSync(file);
		return file;
	} catch (error) {
		throw new OutputUnavailableError(`cannot write ${path}: ${messageOf(error)}`, 'Name another file with --record FILE.', {cause: error});
	}
}
