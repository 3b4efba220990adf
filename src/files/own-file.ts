import {
	closeSync,
	constants,
	fchmodSync,
	fstatSync,
	ftruncateSync,
	lstatSync,
	openSync,
	readSync,
	rmSync,
	type Stats,
	unlinkSync,
	writeSync,
} from 'node:fs';
import {FileError, isCode} from '../model/errors.js';

const fileMode = 0o640;
const {O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY} = constants;

/** Something that netmon would not have made has the name of one of its files. */
export class NotOwnFileError extends FileError {
	readonly isLink: boolean;

	constructor(path: string, reason: string, isLink = false) {
		super(path, "is not a file of netmon's own", reason);
		this.isLink = isLink;
	}
}

/** The user that netmon's files belong to. On Linux geteuid always exists; Node declares it optional because of Windows. */
export function ownUser(): number {
	return process.geteuid?.() ?? 0;
}

/** Writes a new file, mode 0640, regardless of the umask. Unlinks what had the name before: O_EXCL follows no symbolic link (open(2)). */
export function writeNewFile(path: string, content: string): void {
	const file = openNewFile(path);
	try {
		fchmodSync(file, fileMode);
		writeAll(file, content);
	} catch (error) {
		rmSync(path, {force: true});
		throw error;
	} finally {
		closeSync(file);
	}
}

/** Open first, because there is rarely a file to unlink, and a thrown error costs more than the whole write. */
function openNewFile(path: string): number {
	const open = () => openSync(path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, fileMode);
	try {
		return open();
	} catch (error) {
		if (!isCode(error, 'EEXIST')) throw error;
		removeFile(path);
		return open();
	}
}

function writeAll(file: number, content: string): void {
	// Write a string first: then there is no buffer that waits for the garbage collector.
	let written = writeSync(file, content);
	const bytes = Buffer.byteLength(content);
	for (let rest: Buffer | undefined; written < bytes; ) {
		rest ??= Buffer.from(content);
		written += writeSync(file, rest, written);
	}
}

/**
 * Reads a file of netmon's own; undefined if there is none. Throws a NotOwnFileError if something else has the name: a symbolic link, a
 * pipe, a device, a file that another user owns or may write, or one that is longer than any that netmon writes there. It does not open,
 * follow or wait for such a thing.
 */
export function readOwnFile(path: string, limitBytes: number): string | undefined {
	// Check before opening: opening a device may have an effect (a tape rewinds, a watchdog starts).
	const found = lstatSync(path, {throwIfNoEntry: false});
	if (found === undefined) return undefined;
	checkOwn(path, found);
	checkWriters(path, found);
	let file: number;
	try {
		file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
	} catch (error) {
		if (isCode(error, 'ENOENT')) return undefined;
		throw error;
	}
	try {
		// Check again, since the file may have been replaced.
		const opened = fstatSync(file);
		checkOwn(path, opened);
		checkWriters(path, opened);
		return readAtMost(path, file, opened.size, limitBytes);
	} finally {
		closeSync(file);
	}
}

function readAtMost(path: string, file: number, size: number, limitBytes: number): string {
	if (size > limitBytes) throw new NotOwnFileError(path, `it has ${size} bytes, and at most ${limitBytes} are expected`);
	return readFrom(file, 0, size).toString('utf8');
}

/** Reads so many bytes of an open file, or as many as there are. */
export function readFrom(file: number, offset: number, size: number): Buffer {
	const bytes = Buffer.allocUnsafe(size);
	let length = 0;
	while (length < size) {
		const read = readSync(file, bytes, length, size - length, offset + length);
		if (read === 0) break;
		length += read;
	}
	return bytes.subarray(0, length);
}

/**
 * Opens a file of netmon's own for reading, or for writing in place, and makes it if there is none. Throws a NotOwnFileError as
 * readOwnFile does, and also if the file has a second name, because writes would appear there too.
 */
export function openOwnFile(path: string, access: 'read' | 'write'): number {
	const found = lstatSync(path, {throwIfNoEntry: false});
	if (found !== undefined) checkOwn(path, found);
	const file = openSync(path, (access === 'read' ? O_RDONLY : O_WRONLY) | O_CREAT | O_NOFOLLOW | O_NONBLOCK, fileMode);
	try {
		const opened = fstatSync(file);
		checkOwn(path, opened);
		if (opened.nlink > 1) throw new NotOwnFileError(path, 'it has another name too (a hard link)');
		if (found === undefined) fchmodSync(file, fileMode);
		return file;
	} catch (error) {
		closeSync(file);
		throw error;
	}
}

/** Replaces the content of an open file. */
export function rewriteFile(file: number, content: string): void {
	ftruncateSync(file);
	writeSync(file, content, 0);
}

/** Reads the start of an open file. */
export function readStart(file: number, limitBytes: number): string {
	const bytes = Buffer.alloc(limitBytes);
	return bytes.toString('utf8', 0, readSync(file, bytes, 0, limitBytes, 0));
}

function checkOwn(path: string, stats: Stats): void {
	if (stats.isSymbolicLink()) throw new NotOwnFileError(path, 'it is a symbolic link', true);
	if (!stats.isFile()) throw new NotOwnFileError(path, `it is ${kindOf(stats)}`);
	if (stats.uid !== ownUser()) throw new NotOwnFileError(path, `it belongs to user ${stats.uid}`);
}

function checkWriters(path: string, {mode}: Stats): void {
	if ((mode & 0o022) !== 0) throw new NotOwnFileError(path, `others may write it (mode ${(mode & 0o777).toString(8)})`);
}

function kindOf(stats: Stats): string {
	if (stats.isDirectory()) return 'a directory';
	if (stats.isFIFO()) return 'a pipe';
	if (stats.isSocket()) return 'a socket';
	return 'a device';
}

/** Removes a file. It is no error if there is none. */
export function removeFile(path: string): void {
	try {
		unlinkSync(path);
	} catch (error) {
		if (!isCode(error, 'ENOENT')) throw error;
	}
}

/** Writes a new file in a directory that somebody may have removed. */
export function writeAnew(path: string, content: string, makeDirectory: () => void): void {
	try {
		writeNewFile(path, content);
	} catch (error) {
		if (!isCode(error, 'ENOENT')) throw error;
		makeDirectory();
		writeNewFile(path, content);
	}
}
