import {chmodSync, closeSync, constants, fchmodSync, fstatSync, lstatSync, mkdirSync, openSync} from 'node:fs';
import {dirname} from 'node:path';
import {isCode} from '../model/errors.js';
import {ownUser} from './own-file.js';

/**
 * Makes a directory and its missing parents, each with this mode, regardless of the umask. An existing one stays as it is. Does not use
 * `recursive`: that reports ENOENT if the file system is read-only, and below /proc it never returns (Node 20.20).
 */
export function makeFolder(path: string, mode: number): void {
	if (madeOrThere(path, mode)) return;
	makeFolder(dirname(path), mode);
	if (!madeOrThere(path, mode)) throw new Error(`nothing can be made in ${dirname(path)}`);
}

/**
 * Makes a directory of this user's own with this mode, regardless of the umask. If it exists, checks that it belongs to this user and sets
 * that mode. Returns the mode that it had.
 */
export function claimFolder(path: string, mode: number): number {
	if (!madeOrThere(path, mode)) throw new Error(`nothing can be made in ${dirname(path)}`);
	const found = lstatSync(path);
	if (!found.isDirectory()) throw new Error(found.isSymbolicLink() ? 'it is a symbolic link' : 'it is not a directory');
	if (found.uid !== ownUser()) throw new Error(`it belongs to user ${found.uid}`);
	if ((found.mode & 0o777) === mode) return mode;
	// By a descriptor, so that nobody can put a link in its place meanwhile.
	const opened = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
	try {
		const {uid, mode: had} = fstatSync(opened);
		if (uid !== ownUser()) throw new Error(`it belongs to user ${uid}`);
		fchmodSync(opened, mode);
		return had & 0o777;
	} finally {
		closeSync(opened);
	}
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
