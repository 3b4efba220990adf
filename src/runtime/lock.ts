import {closeSync, fstatSync, lstatSync, type Stats} from 'node:fs';
import {NotOwnFileError, openOwnFile, readOwnFile, readStart, removeFile, rewriteFile, writeNewFile} from '../files/own-file.js';
import {messageOf, SandboxLockedError, StateDirectoryError} from '../model/errors.js';
import type {Log} from '../model/log.js';
import {type FlockEnd, flockNow, flockSoon} from '../process/flock.js';
import {LockClaim} from './lock-claims.js';
import {isLiving, type LockOwner, ownerHere, parseOwner} from './lock-owner.js';
import type {SandboxDirectory} from './sandbox.js';

/** A lock file is shorter. */
const limitBytes = 4096;
/** The winner writes its pid a moment after it has locked the file. */
const nameLimitMs = 200;
const retryMs = 200;

/** What says that the sandbox is this netmon's. */
interface Hold {
	holds(): boolean;
	/** Removes what it has in the directory, and lets go. */
	release(): void;
	/** For when the directory is no more, or another one. */
	letGo(): void;
}

/**
 * One netmon for one sandbox. The kernel keeps the lock (flock(2)): it holds across pid namespaces and ends with its
 * process, however that ends. The file also names its holder, for the message that another one gets. Without
 * flock(1) claims take its place (lock-claims.ts).
 */
export class SandboxLock {
	readonly #directory: SandboxDirectory;
	readonly #mine: LockOwner;
	readonly #flock: string | undefined;
	#hold: Hold | undefined;
	#released = false;

	/** @param flock path of flock(1), or undefined where there is none */
	constructor(directory: SandboxDirectory, boot: string, flock: string | undefined) {
		this.#directory = directory;
		this.#mine = ownerHere(boot);
		this.#flock = flock;
	}

	/** Throws where the lock file names a living netmon, or nothing can be written beside it. Takes nothing, starts no process. */
	refuseEarly(): void {
		// A full or read-only disk is said at the start, not at the first call.
		const probe = `${this.#directory.lockFile}.${process.pid}`;
		this.#inDirectory(() => writeNewFile(probe, JSON.stringify(this.#mine)));
		removeFile(probe);
		this.#refuseOwner(this.#read());
	}

	/** Takes the lock, or rejects with a SandboxLockedError that names the pid which holds it. */
	async take(log: Log): Promise<void> {
		let said = false;
		while (!this.#released) {
			const file = this.#open();
			const end: FlockEnd = this.#flock === undefined ? {what: 'unusable'} : await flockSoon(this.#flock, file);
			if (this.#released) closeSync(file);
			else if (end.what === 'cannot now') {
				closeSync(file);
				if (!said) log.warn({reason: end.reason}, 'cannot start flock to lock the sandbox, trying again');
				said = true;
				await new Promise((resolve) => setTimeout(resolve, retryMs));
			} else if (this.#conclude(file, end.what)) return;
		}
	}

	/** The same, while everything else waits; throws where no process can be started. */
	takeNow(): void {
		for (;;) {
			const file = this.#open();
			const end: FlockEnd = this.#flock === undefined ? {what: 'unusable'} : flockNow(this.#flock, file);
			if (end.what === 'cannot now') {
				closeSync(file);
				throw new Error(`cannot start flock to lock the sandbox: ${end.reason}`);
			}
			if (this.#conclude(file, end.what)) return;
		}
	}

	/** Whether the lock is this netmon's, and its file still there: whoever comes next then finds it. */
	get isHeld(): boolean {
		return this.#hold?.holds() ?? false;
	}

	/** Removes it, unless it has become another's. */
	release(): void {
		this.#released = true;
		this.#hold?.release();
		this.#hold = undefined;
	}

	#open(): number {
		const {lockFile} = this.#directory;
		return this.#inDirectory(() => {
			try {
				return openOwnFile(lockFile, 'read');
			} catch (error) {
				// No netmon makes a link, so it is nobody's lock.
				if (!(error instanceof NotOwnFileError && error.isLink)) throw error;
				removeFile(lockFile);
				return openOwnFile(lockFile, 'read');
			}
		});
	}

	/** Closes the file unless it keeps it. False: the file was not the one that others find, or no more; try again. */
	#conclude(file: number, end: 'locked' | 'busy' | 'unusable'): boolean {
		let kept = false;
		try {
			if (end === 'busy') {
				// A holder that ends removes the file before it lets go.
				if (!this.#isCurrent(file)) return false;
				throw this.#lockedBy(this.#awaitOwner());
			}
			if (!this.#isCurrent(file)) return false;
			// Named by one that has no flock(1), and holds the sandbox by its claim.
			this.#refuseOwner(readStart(file, limitBytes));
			const hold = end === 'locked' ? this.#lockedHold(file) : this.#claimedHold();
			let named = false;
			try {
				named = this.#inDirectory(() => this.#writeName(file));
			} finally {
				if (!named && end === 'unusable') hold.release();
			}
			if (!named) return false;
			this.#hold?.letGo();
			this.#hold = hold;
			kept = end === 'locked';
			return true;
		} finally {
			if (!kept) closeSync(file);
		}
	}

	#lockedHold(file: number): Hold {
		const isCurrent = () => this.#isCurrent(file);
		return {
			holds: isCurrent,
			release: () => {
				try {
					// While it is locked: whoever has opened it meanwhile finds that it is not the current one.
					if (isCurrent()) removeFile(this.#directory.lockFile);
				} finally {
					closeSync(file);
				}
			},
			letGo: () => closeSync(file),
		};
	}

	#claimedHold(): Hold {
		const claim = new LockClaim(this.#directory.lockFile, this.#mine);
		const other = this.#inDirectory(() => claim.take());
		if (other !== undefined) throw this.#lockedBy(other);
		const namesThis = () => this.#read() === JSON.stringify(this.#mine);
		return {
			holds: () => claim.stands && namesThis(),
			release: () => {
				if (namesThis()) removeFile(this.#directory.lockFile);
				claim.release();
			},
			letGo: () => undefined,
		};
	}

	/**
	 * Not by the descriptor that is locked: one that can write would keep the file system from being remounted read-only.
	 * False where the file is not the locked one any more.
	 */
	#writeName(locked: number): boolean {
		const file = openOwnFile(this.#directory.lockFile, 'write');
		try {
			if (!isSameFile(fstatSync(file), fstatSync(locked))) return false;
			rewriteFile(file, JSON.stringify(this.#mine));
			return true;
		} finally {
			closeSync(file);
		}
	}

	#isCurrent(file: number): boolean {
		const named = lstatSync(this.#directory.lockFile, {throwIfNoEntry: false});
		return named !== undefined && isSameFile(named, fstatSync(file));
	}

	#read(): string {
		const {lockFile} = this.#directory;
		try {
			return readOwnFile(lockFile, limitBytes) ?? '';
		} catch (error) {
			if (error instanceof NotOwnFileError && error.isLink) return '';
			throw new StateDirectoryError(
				`cannot read the lock ${lockFile}: ${messageOf(error)}`,
				'Remove what is there, or name another state directory with --state-dir PATH.',
				{cause: error},
			);
		}
	}

	/** Another holds the file locked, and may not have written its name yet. */
	#awaitOwner(): LockOwner | undefined {
		const until = performance.now() + nameLimitMs;
		for (;;) {
			const owner = parseOwner(this.#read());
			if (owner !== undefined || performance.now() > until) return owner;
			Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
		}
	}

	#refuseOwner(text: string): void {
		// After the directory was made again, the name in it may be this netmon's own.
		if (this.#hold !== undefined && text === JSON.stringify(this.#mine)) return;
		const owner = parseOwner(text);
		if (owner !== undefined && isLiving(owner, this.#mine.boot)) throw this.#lockedBy(owner);
	}

	#lockedBy(owner: LockOwner | undefined): SandboxLockedError {
		const {sandbox} = this.#directory;
		if (owner === undefined || !isLiving(owner, this.#mine.boot)) {
			const where = owner === undefined ? '' : `, pid ${owner.pid} of another pid namespace,`;
			return new SandboxLockedError(
				`another netmon${where} already watches for sandbox "${sandbox}"`,
				'Stop it first, or watch for another sandbox.',
			);
		}
		return new SandboxLockedError(
			`another netmon, pid ${owner.pid}, already watches for sandbox "${sandbox}"`,
			`Stop it first (kill ${owner.pid}), or watch for another sandbox.`,
		);
	}

	#inDirectory<Result>(act: () => Result): Result {
		try {
			return act();
		} catch (error) {
			const {path} = this.#directory;
			throw new StateDirectoryError(
				error instanceof NotOwnFileError ? `cannot use the lock: ${error.message}` : `cannot write in ${path}: ${messageOf(error)}`,
				'Make it writable for this user, or name another state directory with --state-dir PATH.',
				{cause: error},
			);
		}
	}
}

function isSameFile(one: Stats, other: Stats): boolean {
	return one.ino === other.ino && one.dev === other.dev;
}
