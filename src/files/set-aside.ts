import {renameSync, rmSync} from 'node:fs';
import {isCode} from '../model/errors.js';

/** Keeps an unusable file, of any type, under another name. Returns whether there was one. */
export function setAside(path: string): boolean {
	const aside = `${path}.set-aside`;
	try {
		renameSync(path, aside);
	} catch (error) {
		if (isCode(error, 'ENOENT')) return false;
		// rename(2) replaces neither a file by a directory, nor a directory that is not empty.
		rmSync(aside, {recursive: true, force: true});
		renameSync(path, aside);
	}
	return true;
}
