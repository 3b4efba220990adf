import {renameSync, statSync} from 'node:fs';
import {readOwnFile, writeNewFile} from '../files/own-file.js';
import {isObject} from '../json/fields.js';
import {messageOf} from '../model/errors.js';
import type {Log} from '../model/log.js';
import type {IpProgram} from './ip-program.js';
import {checkIpVersion} from './ip-version.js';

/** The file holds one short object. */
const limitBytes = 64 * 1024;

/** What is known about a binary so far. */
interface Remembered {
	/** Path, size, modification time and inode, as text. */
	readonly binary: string;
	/** Whether `ip -batch` works. */
	readonly batch: boolean | undefined;
}

/** What trying `ip` has shown, remembered for each binary. The next start asks for no version, and does not try what has failed. */
export class CheckedIp {
	readonly #program: IpProgram;
	readonly #memoryFile: string | undefined;
	readonly #log: Log;
	readonly #binary: string | undefined;
	readonly #before: Remembered | undefined;
	#usable: boolean;
	#batch: boolean | undefined;
	#saidSlow = false;

	/** @param memoryFile where to remember it; undefined: nowhere */
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

	/** Whether `ip -batch` works; undefined if nobody has tried yet. */
	get batch(): boolean | undefined {
		return this.#batch;
	}

	/** Rejects with an IpUnavailableError if this `ip` cannot be used. */
	async check(): Promise<void> {
		if (!this.#usable) await checkIpVersion(this.#program);
		this.#usable = true;
		this.#remember();
	}

	/** Remembers what trying has shown. */
	learnBatch(works: boolean): void {
		if (this.#batch === works) return;
		this.#batch = works;
		this.#remember();
	}

	/** Whether this process has not yet logged that there is no batch. It is logged once, however many namespaces are watched. */
	firstToSay(): boolean {
		const first = !this.#saidSlow;
		this.#saidSlow = true;
		return first;
	}

	#remember(): void {
		const memoryFile = this.#memoryFile;
		const binary = this.#binary;
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
		// It disappeared after it was found: asking for its version will report that.
		return undefined;
	}
}

/** Undefined if there is no file or it cannot be read: then everything is tried again. */
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
