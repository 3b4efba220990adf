import {readFileSync} from 'node:fs';

/** A file of /proc (latin1); undefined if it cannot be read. */
export function readText(path: string): string | undefined {
	try {
		return readFileSync(path, 'latin1');
	} catch {
		return undefined;
	}
}
