import {renameSync, rmSync} from 'node:fs';
import {isCode} from '../model/errors.js';

/** Keeps a file of no use under another name, whatever it is. Returns whether there was one. */
export function setAside(path: string): boolean {
	const aside = `${path}.set-aside`;
	try {
		renameSync(path, aside);
	} catch (error) {
		if (isCode(error, 'ENOENT')) return false;
		// rename(2) replaces neither a file by a directory, nor a directory that has something in it.
		rmSync(aside, {recursive: true, force: true});
		renameSync(path, aside);
	}
	return true;
}
