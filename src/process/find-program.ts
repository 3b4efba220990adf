import {accessSync, closeSync, constants, openSync, readSync, statSync} from 'node:fs';
import {delimiter, isAbsolute, join} from 'node:path';
import {isCode, messageOf} from '../model/errors.js';

/** Folders with iproute2's programs, for distributions whose users have no sbin in their PATH. */
const usualFolders = ['/usr/sbin', '/sbin', '/usr/bin', '/bin', '/usr/local/sbin'];

/** The absolute path of a program, or undefined. Relative folders in PATH are not searched. */
export function findProgram(name: string, searchPath: string): string | undefined {
	for (const folder of [...searchPath.split(delimiter), ...usualFolders]) {
		if (!isAbsolute(folder)) continue;
		const found = executableAt(join(folder, name));
		if (found !== undefined) return found;
	}
	return undefined;
}

function executableAt(path: string): string | undefined {
	try {
		accessSync(path, constants.X_OK);
		return statSync(path).isFile() ? path : undefined;
	} catch {
		return undefined;
	}
}

/** Finds a program like a shell: a name with `/` is a path, any other is searched in PATH. Or says why it cannot be run. */
export function userProgram(name: string, searchPath: string): {readonly path: string} | {readonly why: string} {
	const path = name.includes('/') ? name : findProgram(name, searchPath);
	const why = path === undefined ? 'it is not in PATH' : whyNotRun(path);
	return path === undefined || why !== undefined ? {why: `${JSON.stringify(name)} is not an executable program: ${why}`} : {path};
}

/** Why a file cannot be run as a program; undefined if it can. */
export function whyNotRun(path: string): string | undefined {
	try {
		if (statSync(path).isDirectory()) return 'it is a directory';
	} catch (error) {
		return isCode(error, 'ENOENT') ? 'there is no such file' : messageOf(error);
	}
	if (executableAt(path) === undefined) return 'its run bit is missing';
	const interpreter = interpreterOf(path);
	return interpreter === undefined || executableAt(interpreter) !== undefined
		? undefined
		: `there is no ${interpreter}, which its first line names`;
}

/** The kernel reads this much of a script (BINPRM_BUF_SIZE, linux/binfmts.h). */
const headBytes = 256;

/** The interpreter that `#!` names; undefined if the program is no script, or if this user may not read it. */
function interpreterOf(path: string): string | undefined {
	const head = Buffer.alloc(headBytes);
	try {
		const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
		try {
			readSync(file, head);
		} finally {
			closeSync(file);
		}
	} catch {
		return undefined;
	}
	return /^#![ \t]*([^ \t\n\0]+)/.exec(head.toString('latin1'))?.[1];
}
