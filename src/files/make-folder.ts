import {chmodSync, mkdirSync} from 'node:fs';
import {dirname} from 'node:path';
import {isCode} from '../model/errors.js';

/**
 * Makes a directory and its missing parents, each with this mode whatever the umask. An existing one stays as it is. Does not use
 * `recursive`: that reports ENOENT if the file system is read-only, and below /proc it never returns (Node 20.20).
 */
export function makeFolder(path: string, mode: number): void {
	if (madeOrThere(path, mode)) return;
	makeFolder(dirname(path), mode);
	if (!madeOrThere(path, mode)) throw new Error(`nothing can be made in ${dirname(path)}`);
}

/** False if its parent is missing. */
function madeOrThere(path: string, mode: number): boolean {
	try {
		mkdirSync(path, mode);
		chmodSync(path, mode);
	} catch (error) {
		if (isCode(error, 'ENOENT')) return false;
		if (!isCode(error, 'EEXIST')) throw error;
	}
	return true;
}
