import {accessSync, constants, statSync} from 'node:fs';
import {delimiter, isAbsolute, join} from 'node:path';

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

export function executableAt(path: string): string | undefined {
	try {
		accessSync(path, constants.X_OK);
		return statSync(path).isFile() ? path : undefined;
	} catch {
		return undefined;
	}
}
