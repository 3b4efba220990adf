import {linkSync, readFileSync, renameSync, unlinkSync} from 'node:fs';
import {Fields, isObject} from '../json/fields.js';
import {isCode, messageOf, SandboxLockedError, StateDirectoryError} from '../model/errors.js';
import type {SandboxDirectory} from './sandbox.js';
import {readOwnFile, removeFile, writeNewFile} from './shared-file.js';

/** A process, told apart from a later one with the same pid by its start time. */
interface Owner {
	readonly pid: number;
	/** Clock ticks after boot: field 22 of /proc/PID/stat (proc(5)); '' where /proc does not tell. */
	readonly startedAt: string;
	readonly boot: string;
}

/** One netmon for one sandbox. */
export class SandboxLock {
	readonly #directory: SandboxDirectory;
	readonly #mine: Owner;

	/** Takes the lock, or throws a SandboxLockedError that names the pid which holds it. */
	constructor(directory: SandboxDirectory, boot: string) {
		this.#directory = directory;
		this.#mine = {pid: process.pid, startedAt: startTime(process.pid), boot};
		this.#take();
	}

	/** For when the directory was removed and made again: takes the lock, or throws as at the start where another was quicker. */
	retake(): void {
		if (!this.#isMine()) this.#take();
	}

	/** Removes it, unless it has become another's. */
	release(): void {
		if (this.#isMine()) removeFile(this.#directory.lockFile);
	}

	#isMine(): boolean {
		return readLock(this.#directory.lockFile) === JSON.stringify(this.#mine);
	}

	#take(): void {
		const own = `${this.#directory.lockFile}.${process.pid}`;
		try {
			writeNewFile(own, JSON.stringify(this.#mine));
		} catch (error) {
			throw new StateDirectoryError(
				`cannot write in ${this.#directory.path}: ${messageOf(error)}`,
				'Make it writable for this user, or name another state directory with --state-dir PATH.',
				{cause: error},
			);
		}
		try {
			this.#acquire(own);
		} finally {
			removeFile(own);
		}
	}

	#acquire(own: string): void {
		for (;;) {
			try {
				// link(2) fails where the name is taken: of two that try at once, one gets it.
				linkSync(own, this.#directory.lockFile);
				return;
			} catch (error) {
				if (!isCode(error, 'EEXIST')) throw error;
			}
			const found = readLock(this.#directory.lockFile);
			if (found === undefined) continue;
			const owner = ownerOf(found);
			if (owner !== undefined && owner.boot === this.#mine.boot && isAlive(owner)) {
				throw new SandboxLockedError(
					`another netmon, pid ${owner.pid}, already watches for sandbox "${this.#directory.sandbox}"`,
					`Stop it first (kill ${owner.pid}), or watch for another sandbox.`,
				);
			}
			this.#removeStale(own, found);
		}
	}

	/** Takes a dead owner's lock out of the way, and puts it back if somebody else's has come in its place meanwhile. */
	#removeStale(own: string, found: string): void {
		const aside = `${own}.stale`;
		try {
			renameSync(this.#directory.lockFile, aside);
		} catch (error) {
			if (isCode(error, 'ENOENT')) return;
			throw error;
		}
		if (readLock(aside) !== found) {
			try {
				linkSync(aside, this.#directory.lockFile);
			} catch (error) {
				if (!isCode(error, 'EEXIST')) throw error;
			}
		}
		unlinkSync(aside);
	}
}

/** A symbolic link is nobody's lock, wherever it points: no netmon makes one. */
function readLock(path: string): string | undefined {
	try {
		return readOwnFile(path);
	} catch (error) {
		if (isCode(error, 'ELOOP')) return '';
		throw new StateDirectoryError(
			`cannot read the lock ${path}: ${messageOf(error)}`,
			'Remove what is there, or name another state directory with --state-dir PATH.',
			{cause: error},
		);
	}
}

/** Undefined for a lock that nobody can have written in full: it is linked only when it is. */
function ownerOf(text: string): Owner | undefined {
	try {
		const parsed: unknown = JSON.parse(text);
		if (!isObject(parsed)) return undefined;
		const fields = new Fields(parsed, 'lock');
		const owner = {pid: fields.integer('pid'), startedAt: fields.string('startedAt'), boot: fields.string('boot')};
		// To kill(2) 0 is the own process group.
		return owner.pid === 0 ? undefined : owner;
	} catch {
		return undefined;
	}
}

function isAlive({pid, startedAt}: Owner): boolean {
	try {
		process.kill(pid, 0);
	} catch (error) {
		if (!isCode(error, 'EPERM')) return false;
	}
	// A zombie has ended, whether or not its parent ever asks for its exit code.
	if (statOf(pid)[0] === 'Z') return false;
	const now = startTime(pid);
	return now === '' || startedAt === '' || now === startedAt;
}

function startTime(pid: number): string {
	return statOf(pid)[19] ?? '';
}

/** The fields of /proc/PID/stat from the third on, the state; the second, the program's name, may hold spaces and parentheses. */
function statOf(pid: number): string[] {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
		return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	} catch {
		return [];
	}
}
