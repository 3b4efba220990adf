import {constants, fstatSync, openSync, readFileSync} from 'node:fs';

/** Something to write to. A write to a terminal, a pipe or a socket never waits: it fails with EAGAIN if its reader does not read. */
export interface Descriptor {
	readonly fd: number;
	readonly kind: 'terminal' | 'pipe' | 'socket' | 'file';
}

const forWriting = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * Opens stdout or stderr for writing without waiting. Node's own streams wait: a stopped terminal (Ctrl-S) would stop the process.
 *
 * O_NONBLOCK belongs to the open file, which is shared with the shell and the other programs on the terminal. So a terminal and a pipe
 * are opened a second time. A regular file stays as it is: it waits only for the disk, and its offset should be shared.
 */
export function openStandard(fd: 1 | 2): Descriptor {
	const kind = kindOf(fd);
	if (kind === 'file') return {fd, kind};
	const again = kind === 'socket' ? undefined : openAgain(fd);
	if (again !== undefined) return {fd: again, kind};
	const terminal = kind === 'terminal' && isControllingTerminal(fd) ? tryOpen('/dev/tty') : undefined;
	if (terminal !== undefined) return {fd: terminal, kind};
	// The kernel does not open a socket a second time (ENXIO). Node sets O_NONBLOCK when it makes the stream.
	makeStream(fd);
	return {fd, kind};
}

/** Opens the pipe or terminal behind a descriptor; undefined if it belongs to another user (after su). */
export function openAgain(fd: number): number | undefined {
	return tryOpen(`/proc/self/fd/${fd}`);
}

function tryOpen(path: string): number | undefined {
	try {
		return openSync(path, forWriting);
	} catch {
		return undefined;
	}
}

export function isTerminal(fd: number): boolean {
	return kindOf(fd) === 'terminal';
}

function kindOf(fd: number): Descriptor['kind'] {
	const stat = fstatSync(fd);
	if (stat.isFIFO()) return 'pipe';
	if (stat.isSocket()) return 'socket';
	// Loaded on demand: it takes 3 ms, and most starts have no terminal.
	return stat.isCharacterDevice() && process.getBuiltinModule('node:tty').isatty(fd) ? 'terminal' : 'file';
}

/** A user who may not open a terminal by its name may still open the controlling terminal, as /dev/tty. */
function isControllingTerminal(fd: number): boolean {
	const stat = readFileSync('/proc/self/stat', 'latin1');
	// proc(5): state, ppid, pgrp, session and tty_nr follow the name, which may contain anything.
	const terminal = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[4];
	return Number(terminal) === fstatSync(fd).rdev;
}

function makeStream(fd: 1 | 2): unknown {
	return fd === 1 ? process.stdout : process.stderr;
}
