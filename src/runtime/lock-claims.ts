import {existsSync, readdirSync, renameSync} from 'node:fs';
import {basename, dirname} from 'node:path';
import {readOwnFile, removeFile, writeNewFile} from '../files/own-file.js';
import {monotonicMs} from '../time/clock.js';
import {isLiving, type LockOwner} from './lock-owner.js';

/** The longest wait for another starter that has not decided yet. Only a stopped process takes longer. */
const undecidedLimitMs = 2000;
const undecidedPauseMs = 2;

interface Claim {
	readonly path: string;
	readonly owner: LockOwner;
	readonly holds: boolean;
}

/**
 * Ensures one netmon for each sandbox if there is no flock(1). Each netmon that wants the sandbox writes a file, named for its process. A
 * netmon that finds no other living claim beside its own holds the sandbox. Two cannot hold it: each writes its claim before it looks, so
 * the one that looks last sees the other's claim. This needs neither hard links nor locks, but cannot see processes in other pid
 * namespaces.
 */
export class LockClaim {
	readonly #prefix: string;
	readonly #owner: LockOwner;
	readonly #path: string;

	/** @param lockFile the prefix of the names of claims */
	constructor(lockFile: string, owner: LockOwner) {
		this.#prefix = `${lockFile}.`;
		this.#owner = owner;
		this.#path = `${this.#prefix}${owner.pid}-${owner.startedAt}-${owner.boot}`;
	}

	/** Returns the other owner of the sandbox, or undefined if this process holds it now. */
	take(): LockOwner | undefined {
		this.#write('wants');
		const until = monotonicMs() + undecidedLimitMs;
		for (;;) {
			const others = this.#others();
			if (others.length === 0) {
				this.#write('holds');
				return undefined;
			}
			// Of the undecided ones, the first by name goes on, and all others give up.
			const first = others.find(({holds}) => holds) ?? others.find(({path}) => path < this.#path);
			const winner = first ?? (monotonicMs() > until ? others[0] : undefined);
			if (winner !== undefined) {
				this.release();
				return winner.owner;
			}
			Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, undecidedPauseMs);
		}
	}

	get stands(): boolean {
		return existsSync(this.#path);
	}

	release(): void {
		removeFile(this.#path);
	}

	/** Rename it into place, so that the name always exists and its content is always complete. */
	#write(what: 'wants' | 'holds'): void {
		const temporary = `${this.#path}.new`;
		writeNewFile(temporary, what);
		renameSync(temporary, this.#path);
	}

	/** Claims of other living processes. Removes claims of dead ones. */
	#others(): Claim[] {
		const folder = dirname(this.#prefix);
		const claims: Claim[] = [];
		for (const name of readdirSync(folder)) {
			const path = `${folder}/${name}`;
			const owner = path === this.#path ? undefined : this.#ownerOf(name);
			if (owner === undefined) continue;
			if (isLiving(owner, this.#owner.boot)) claims.push({path, owner, holds: contentOf(path) === 'holds'});
			else removeFile(path);
		}
		return claims;
	}

	#ownerOf(name: string): LockOwner | undefined {
		const prefix = basename(this.#prefix);
		const [, pid, startedAt, boot] = (name.startsWith(prefix) && /^(\d+)-(\d*)-([^.]*)$/.exec(name.slice(prefix.length))) || [];
		if (pid === undefined || startedAt === undefined || boot === undefined) return undefined;
		return {pid: Number(pid), startedAt, boot};
	}
}

/** Also undefined if the claim has disappeared or cannot be read: then its owner counts as undecided. */
function contentOf(path: string): string | undefined {
	try {
		return readOwnFile(path, 16);
	} catch {
		return undefined;
	}
}
