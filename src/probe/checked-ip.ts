import {renameSync, statSync} from 'node:fs';
import {readOwnFile, writeNewFile} from '../files/own-file.js';
import {isObject} from '../json/fields.js';
import {messageOf} from '../model/errors.js';
import type {Log} from '../model/log.js';
import type {IpProgram} from './ip-program.js';
import {checkIpVersion} from './ip-version.js';

/** It is one short object. */
const limitBytes = 64 * 1024;

/** What is known of a binary, or not yet. */
interface Remembered {
	/** Path, size, time of its last change and inode, as text. */
	readonly binary: string;
	/** Whether it can be asked by `ip -batch`. */
	readonly batch: boolean | undefined;
}

/**
 * What has been found out about `ip`, by trying, once for each binary: one is told from another by path, size and time of
 * its last change, so that the next start need not ask it for its version nor try what it cannot do.
 */
export class CheckedIp {
	readonly #program: IpProgram;
	readonly #memoryFile: string | undefined;
	readonly #log: Log;
	readonly #binary: string | undefined;
	readonly #before: Remembered | undefined;
	#usable: boolean;
	#batch: boolean | undefined;
	#saidSlow = false;

	/** @param memoryFile where it is remembered; undefined: nowhere */
	constructor(program: IpProgram, memoryFile: string | undefined, log: Log) {
		this.#program = program;
		this.#memoryFile = memoryFile;
		this.#log = log;
		this.#binary = describeBinary(program.path);
		const before = memoryFile === undefined || this.#binary === undefined ? undefined : remembered(memoryFile);
		this.#before = before?.binary === this.#binary ? before : undefined;
		this.#usable = this.#before !== undefined;
		this.#batch = this.#before?.batch;
	}

	/** Whether it can be asked by `ip -batch`; undefined while nobody has tried. */
	get batch(): boolean | undefined {
		return this.#batch;
	}

	/** Rejects with an IpUnavailableError where it is none that can be used. */
	async check(): Promise<void> {
		if (!this.#usable) await checkIpVersion(this.#program);
		this.#usable = true;
		this.#remember();
	}

	/** What trying has shown. */
	learnBatch(works: boolean): void {
		if (this.#batch === works) return;
		this.#batch = works;
		this.#remember();
	}

	/** Whether nobody in this process has said yet that there is no batch: it is said once, however many namespaces are watched. */
	firstToSay(): boolean {
		const first = !this.#saidSlow;
		this.#saidSlow = true;
		return first;
	}

	#remember(): void {
		const {memoryFile, binary} = {memoryFile: this.#memoryFile, binary: this.#binary};
		if (!this.#usable || memoryFile === undefined || binary === undefined) return;
		if (this.#before !== undefined && this.#before.batch === this.#batch) return;
		try {
			const temporary = `${memoryFile}.${process.pid}`;
			writeNewFile(temporary, JSON.stringify({binary, batch: this.#batch}));
			renameSync(temporary, memoryFile);
		} catch (error) {
			this.#log.debug({reason: messageOf(error)}, 'cannot remember that ip was checked');
		}
	}
}

function describeBinary(path: string): string | undefined {
	try {
		const {size, mtimeMs, ino} = statSync(path);
		return JSON.stringify({path, size, mtimeMs, ino});
	} catch {
		// Gone since it was found: asking it for its version will tell.
		return undefined;
	}
}

/** Undefined where there is none yet, or none that can be read: then it is all found out again. */
function remembered(file: string): Remembered | undefined {
	try {
		const parsed: unknown = JSON.parse(readOwnFile(file, limitBytes) ?? '');
		if (!isObject(parsed) || typeof parsed['binary'] !== 'string') return undefined;
		const {binary, batch} = parsed;
		return {binary, batch: typeof batch === 'boolean' ? batch : undefined};
	} catch {
		return undefined;
	}
}
