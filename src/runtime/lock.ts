import {closeSync, fstatSync, lstatSync, type Stats} from 'node:fs';
import {NotOwnFileError, openOwnFile, readOwnFile, readStart, removeFile, rewriteFile, writeNewFile} from '../files/own-file.js';
import {reasonOf, SandboxLockedError, StateDirectoryError} from '../model/errors.js';
import type {Log} from '../model/log.js';
import {type FlockEnd, flockNow, flockSoon} from '../process/flock.js';
import {monotonicMs} from '../time/clock.js';
import {LockClaim} from './lock-claims.js';
import {isLiving, type LockOwner, ownerHere, parseOwner} from './lock-owner.js';
import type {SandboxDirectory} from './sandbox.js';

/** A lock file is shorter than this. */
const limitBytes = 4096;
/** The holder writes its pid a moment after it has locked the file. */
const nameLimitMs = 200;
const retryMs = 200;
const releaseLimitMs = 1000;

/** The proof that the sandbox belongs to this netmon. */
interface Hold {
	holds(): boolean;
	/** Removes its files from the directory, and lets go. */
	release(): void;
	/** Lets go when the directory is gone or has been replaced. */
	letGo(): void;
}

/**
 * Ensures one netmon for each sandbox. The kernel keeps the lock (flock(2)): it works across pid namespaces and ends with its process in
 * every case. The file also names its holder, for the message to other starters. Without flock(1), claims are used instead
 * (lock-claims.ts).
 */
export class SandboxLock {
	readonly #directory: SandboxDirectory;
	readonly #mine: LockOwner;
	readonly #flock: string | undefined;
	#hold: Hold | undefined;
	#released = false;
	/** Never rejects. */
	#taking: Promise<unknown> = Promise.resolve();

	/** @param flock path of flock(1), or undefined if there is none */
	constructor(directory: SandboxDirectory, boot: string, flock: string | undefined) {
		this.#directory = directory;
		this.#mine = ownerHere(boot);
		this.#flock = flock;
	}

	/** Throws if the lock file names a living netmon, or if nothing can be written beside it. Takes no lock and starts no process. */
	refuseEarly(): void {
		// A full or read-only disk must fail the start, not the first call.
		const probe = `${this.#directory.lockFile}.${process.pid}`;
		this.#inDirectory(() => writeNewFile(probe, JSON.stringify(this.#mine)));
		removeFile(probe);
		this.#refuseOwner(this.#read());
	}

	/** Takes the lock, or rejects with a SandboxLockedError that names the pid of the holder. */
	take(log: Log): Promise<void> {
		const taking = this.#take(log);
		this.#taking = taking.catch(() => undefined);
		return taking;
	}

	async #take(log: Log): Promise<void> {
		let said = false;
		while (!this.#released) {
			const file = this.#open();
			const end: FlockEnd = this.#flock === undefined ? {what: 'unusable'} : await flockSoon(this.#flock, file);
			if (this.#released && end.what === 'locked') this.#lockedHold(file).release();
			else if (this.#released) closeSync(file);
			else if (end.what === 'cannot now') {
				closeSync(file);
				if (!said) log.warn({reason: end.reason}, 'cannot start flock to lock the sandbox, trying again');
				said = true;
				await new Promise((resolve) => setTimeout(resolve, retryMs));
			} else if (this.#conclude(file, end.what)) return;
		}
	}

	/** Takes the lock synchronously. Throws if no process can be started. */
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

	/** Whether this netmon holds the lock and its file is still there for others to find. */
	get isHeld(): boolean {
		return this.#hold?.holds() ?? false;
	}

	/** Removes the lock, unless it belongs to another netmon now. Resolves once a flock that still runs has ended, or after a second. */
	async release(): Promise<void> {
		this.#released = true;
		this.#hold?.release();
		this.#hold = undefined;
		await Promise.race([this.#taking, new Promise((resolve) => setTimeout(resolve, releaseLimitMs).unref())]);
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

	/** Closes the file unless it stays locked. Returns false if the file is not, or no longer, the one that others find: then try again. */
	#conclude(file: number, end: 'locked' | 'busy' | 'unusable'): boolean {
		let kept = false;
		try {
			if (end === 'busy') {
				// A holder that ends removes the file before it unlocks it.
				if (!this.#isCurrent(file)) return false;
				throw this.#lockedBy(this.#awaitOwner());
			}
			if (!this.#isCurrent(file)) return false;
			// The file may name a netmon that has no flock(1) and holds the sandbox by its claim.
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
					// Remove it while it is locked: a starter that has opened it meanwhile then sees that it is no longer the current file.
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
	 * Does not write by the locked descriptor: a writable one would keep the file system from being remounted read-only. Returns false if
	 * the file is no longer the locked one.
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
				`cannot read the lock ${lockFile}: ${reasonOf(error)}`,
				'Remove what is there, or name another state directory with --state-dir PATH.',
				{cause: error},
			);
		}
	}

	/** Another process has locked the file, and may not have written its name yet. */
	#awaitOwner(): LockOwner | undefined {
		const until = monotonicMs() + nameLimitMs;
		for (;;) {
			const owner = parseOwner(this.#read());
			if (owner !== undefined || monotonicMs() > until) return owner;
			Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
		}
	}

	#refuseOwner(text: string): void {
		// After the directory was made again, the file may name this netmon.
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
				error instanceof NotOwnFileError ? `cannot use the lock: ${error.message}` : `cannot write in ${path}: ${reasonOf(error)}`,
				'Make it writable for this user, or name another state directory with --state-dir PATH.',
				{cause: error},
			);
		}
	}
}

function isSameFile(one: Stats, other: Stats): boolean {
	return one.ino === other.ino && one.dev === other.dev;
}
