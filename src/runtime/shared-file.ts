import {closeSync, constants, fchmodSync, fstatSync, openSync, readFileSync, rmSync, unlinkSync, writeSync} from 'node:fs';
import {isCode} from '../model/errors.js';

const fileMode = 0o640;

/**
 * Writes a new file, mode 0640 whatever the umask. What had the name before is unlinked, not
 * written to: O_EXCL with O_CREAT follows no symbolic link (open(2)).
 */
export function writeNewFile(path: string, content: string): void {
	const file = openNewFile(path);
	try {
		fchmodSync(file, fileMode);
		// As a string first: its bytes are then never a buffer that waits for the garbage collector.
		let written = writeSync(file, content);
		const bytes = Buffer.byteLength(content);
		for (let rest: Buffer | undefined; written < bytes; ) {
			rest ??= Buffer.from(content);
			written += writeSync(file, rest, written);
		}
	} catch (error) {
		rmSync(path, {force: true});
		throw error;
	} finally {
		closeSync(file);
	}
}

/** There is hardly ever one to unlink, and an error that is made and thrown costs more than the whole write. */
function openNewFile(path: string): number {
	const {O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW} = constants;
	const open = () => openSync(path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, fileMode);
	try {
		return open();
	} catch (error) {
		if (!isCode(error, 'EEXIST')) throw error;
		removeFile(path);
		return open();
	}
}

/**
 * Reads a file of netmon's own; undefined where there is none. What else has its name (a symbolic link, a pipe that
 * nobody writes to) throws, and is neither followed nor waited for.
 */
export function readOwnFile(path: string): string | undefined {
	const {O_RDONLY, O_NOFOLLOW, O_NONBLOCK} = constants;
	let file: number;
	try {
		file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
	} catch (error) {
		if (isCode(error, 'ENOENT')) return undefined;
		throw error;
	}
	try {
		if (!fstatSync(file).isFile()) throw new Error(`${path} is not a file`);
		return readFileSync(file, 'utf8');
	} finally {
		closeSync(file);
	}
}

/** Removes a file; that there is none is as good. */
export function removeFile(path: string): void {
	try {
		unlinkSync(path);
	} catch (error) {
		if (!isCode(error, 'ENOENT')) throw error;
	}
}

/** A new file in a directory that somebody may have removed. */
export function writeAnew(path: string, content: string, makeDirectory: () => void): void {
	try {
		writeNewFile(path, content);
	} catch (error) {
		if (!isCode(error, 'ENOENT')) throw error;
		makeDirectory();
		writeNewFile(path, content);
	}
}
