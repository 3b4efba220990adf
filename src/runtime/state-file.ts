import {renameSync, rmSync} from 'node:fs';
import {readOwnFile, removeFile, writeAnew} from '../files/own-file.js';
import {Fields, ShapeError} from '../json/fields.js';
import {isCode, messageOf, SandboxLockedError} from '../model/errors.js';
import type {Log} from '../model/log.js';
import type {KeptState, StateStore, WatchState} from '../model/state.js';
import type {Step} from '../model/step.js';
import {makeDirectory, type SandboxDirectory} from './sandbox.js';
import {announcedOf, linkOf, objectOf, stepJson, stepOf} from './state-json.js';

/** The namespace and the boot that a state belongs to; in any other it says nothing. */
export interface NamespaceIdentity {
	/** Device and inode of the nsfs file (namespaces(7)). */
	readonly netns: string;
	/** Tells it from another one that has the same inode number later; absent where that is not known. */
	readonly instance?: string | undefined;
	/** /proc/sys/kernel/random/boot_id. */
	readonly boot: string;
}

const format = 1;
/** Far more than a hundred thousand interfaces need. */
const limitBytes = 64 * 1024 * 1024;

/** What stands between the state and another netmon of the same sandbox. */
export interface Ground {
	/** Throws where the sandbox has become another netmon's. */
	check(): void;
	/** Makes the directory again that somebody has removed; throws like check(). */
	remake(): void;
}

/**
 * The record of what was announced, beside shared.json: announced.json after each call, and call.json, small
 * and so cheap, before it. Both are written under another name and renamed, so that nobody
 * ever reads a half of one. Not fsynced: a crash of the kernel ends the boot that they are for.
 */
export class StateFile implements StateStore {
	readonly #directory: SandboxDirectory;
	#identity: NamespaceIdentity;
	readonly #log: Log;
	readonly #ground: Ground;
	/** What follows from load(), and waits until the sandbox is known to be this netmon's. */
	#owed: (() => void)[] = [];
	/** What load() has read. */
	#read: readonly (string | undefined)[] = [];
	/** Counts calls, so that a call.json which outlived its call is known as settled. */
	#calls = 0;

	constructor(directory: SandboxDirectory, identity: NamespaceIdentity, log: Log, ground?: Ground) {
		this.#directory = directory;
		this.#identity = identity;
		this.#log = log;
		this.#ground = ground ?? {check: () => undefined, remake: () => makeDirectory(directory)};
	}

	/** Changes nothing: whether the sandbox is this netmon's may not be known yet. See settle(). */
	load(): KeptState | undefined {
		const {announcedFile, intentFile} = this.#directory;
		try {
			this.#read = this.#readFiles();
			const [text, intent] = this.#read;
			if (text === undefined) {
				this.#owed.push(() => this.#setAside(intentFile, 'it belongs to no state'));
				return undefined;
			}
			const {state, calls} = this.#parseState(text);
			this.#calls = calls;
			return this.#withIntent(state, intent);
		} catch (error) {
			this.#owed = [
				() => this.#setAside(announcedFile, messageOf(error)),
				() => this.#setAside(intentFile, 'it belongs to a state that is set aside'),
			];
			return undefined;
		}
	}

	/**
	 * Once the sandbox is known to be this netmon's: sets aside what load() could not use, and says so. Throws a
	 * SandboxLockedError where another netmon has written since; it has ended by now.
	 */
	settle(): void {
		if (this.#hasChanged()) {
			throw new SandboxLockedError(
				`another netmon for sandbox "${this.#directory.sandbox}" has ended while this one started`,
				'Start it again: it then goes on from what the other has left.',
			);
		}
		this.#read = [];
		for (const act of this.#owed.splice(0)) act();
	}

	#hasChanged(): boolean {
		if (this.#read.length === 0) return false;
		try {
			return this.#readFiles().some((text, index) => text !== this.#read[index]);
		} catch {
			// It could be read before.
			return true;
		}
	}

	#readFiles(): [string | undefined, string | undefined] {
		const {announcedFile, intentFile} = this.#directory;
		return [readOwnFile(announcedFile, limitBytes), readOwnFile(intentFile, limitBytes)];
	}

	/** The next start is a fresh one: the namespace is gone, and the kernel may give its inode to another. */
	forget(): void {
		this.#setAside(this.#directory.announcedFile, 'its namespace is gone');
	}

	begin(step: Step): void {
		this.#ground.check();
		const intent = {calls: this.#calls + 1, step: stepJson(step)};
		this.#replace(this.#directory.intentFile, JSON.stringify(intent));
		this.#calls += 1;
	}

	save({announced, links, serial}: WatchState): void {
		this.#ground.check();
		const state = {format, ...this.#identity, calls: this.#calls, serial, announced, links};
		this.#replace(this.#directory.announcedFile, JSON.stringify(state));
		removeFile(this.#directory.intentFile);
	}

	#replace(path: string, content: string): void {
		const temporary = `${path}.new`;
		writeAnew(temporary, content, () => this.#ground.remake());
		renameSync(temporary, path);
	}

	#parseState(text: string): {state: WatchState; calls: number} {
		const fields = new Fields(objectOf(text), 'state');
		const found = fields.integer('format');
		if (found !== format) throw new ShapeError(`its format is ${found}, not ${format}`);
		if (fields.string('boot') !== this.#identity.boot) throw new ShapeError('it is from another boot');
		if (fields.string('netns') !== this.#identity.netns) throw new ShapeError('it is of another namespace');
		const instance = fields.optionalString('instance');
		const own = this.#identity.instance;
		if (instance !== undefined && own !== undefined && instance !== own) {
			throw new ShapeError('it is of another namespace, which had the same inode number earlier');
		}
		this.#identity = {...this.#identity, instance: own ?? instance};
		const state = {
			announced: announcedOf(new Fields(fields.object('announced'), 'announced')),
			links: fields.objects('links').map((item) => linkOf(new Fields(item, 'links'))),
			serial: fields.integer('serial'),
		};
		return {state, calls: fields.integer('calls')};
	}

	#withIntent(state: WatchState, text: string | undefined): KeptState {
		if (text === undefined) return {state};
		const fields = new Fields(objectOf(text), 'call');
		const calls = fields.integer('calls');
		if (calls <= this.#calls) return {state};
		this.#calls = calls;
		const step = stepOf(new Fields(fields.object('step'), 'call'), state.announced);
		this.#owed.push(() => this.#log.warn({op: step.op}, 'an earlier netmon ended during a call, whose end is not known'));
		return {state, unfinished: step};
	}

	#setAside(path: string, reason: string): void {
		const aside = `${path}.set-aside`;
		try {
			renameSync(path, aside);
		} catch (error) {
			if (isCode(error, 'ENOENT')) return;
			// rename(2) replaces neither a file by a directory, nor a directory that has something in it.
			rmSync(aside, {recursive: true, force: true});
			renameSync(path, aside);
		}
		this.#log.warn({path, reason}, 'state is set aside, the start is a fresh one');
	}
}
