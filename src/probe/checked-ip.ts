import {mkdirSync, readFileSync, renameSync, statSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import {messageOf} from '../errors.js';
import type {Log} from '../model/log.js';
import type {IpProgram} from './ip-program.js';
import {checkIpVersion} from './ip-version.js';

/**
 * Checks `ip` once for each binary: one that was found good is remembered by path, size and time of
 * its last change, so that the next start need not ask it for its version.
 *
 * @param memoryFile where that is remembered; undefined: nowhere
 */
export async function checkIpOnce(program: IpProgram, memoryFile: string | undefined, log: Log): Promise<void> {
	const binary = describeBinary(program.path);
	if (memoryFile !== undefined && binary !== undefined && remembered(memoryFile) === binary) return;
	await checkIpVersion(program);
	if (memoryFile !== undefined && binary !== undefined) remember(memoryFile, binary, log);
}

function describeBinary(path: string): string | undefined {
	try {
		const {size, mtimeMs, ino} = statSync(path);
		return JSON.stringify({path, size, mtimeMs, ino});
	} catch {
		// Gone since it was found: asking it for its version will tell.
		return undefined;
	}
}

function remembered(file: string): string | undefined {
	try {
		return readFileSync(file, 'utf8');
	} catch {
		// None yet, or not readable: then it is checked again.
		return undefined;
	}
}

function remember(file: string, binary: string, log: Log): void {
	try {
		mkdirSync(dirname(file), {recursive: true, mode: 0o750});
		const temporary = `${file}.${process.pid}`;
		writeFileSync(temporary, binary, {mode: 0o640, flag: 'wx'});
		renameSync(temporary, file);
	} catch (error) {
		log.debug({reason: messageOf(error)}, 'cannot remember that ip was checked');
	}
}
