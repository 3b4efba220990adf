import {renameSync} from 'node:fs';
import {checkBelongs, checkFormat, type NamespaceIdentity} from '../files/namespace-state.js';
import {readOwnFile, removeFile, writeAnew} from '../files/own-file.js';
import {setAside} from '../files/set-aside.js';
import {Fields} from '../json/fields.js';
import {messageOf, SandboxLockedError} from '../model/errors.js';
import type {Log} from '../model/log.js';
import type {KeptState, SandboxState, StateStore} from '../model/state.js';
import type {Step} from '../model/step.js';
import {makeDirectory, type SandboxDirectory} from './sandbox.js';
import {announcedOf, rememberedLinkOf, stepJson, stepOf} from './state-json.js';

const format = 1;
/** Far more than a hundred thousand interfaces need. */
const limitBytes = 64 * 1024 * 1024;

/** Protects the state from another netmon for the same sandbox. */
export interface Ground {
	/** Throws if the sandbox belongs to another netmon now. */
	check(): void;
	/** Makes the directory again after somebody has removed it. Throws like check(). */
	remake(): void;
}

/**
 * The record of what was announced, beside shared.json: announced.json after each call, and call.json, which is small and fast to write,
 * before it. Both are written under another name and renamed, so that nobody ever reads a half-written file. They are not fsynced: after
 * a crash of the kernel they belong to an earlier boot, and are of no use.
 */
export class StateFile implements StateStore {
	readonly #directory: SandboxDirectory;
	#identity: NamespaceIdentity;
	readonly #log: Log;
	readonly #ground: Ground;
	/** Actions that load() leaves until the sandbox is known to belong to this netmon. */
	#owed: (() => void)[] = [];
	/** The files' contents at load(). */
	#read: readonly (string | undefined)[] = [];
	/** Counts calls, so that a call.json that outlived its call is recognised as settled. */
	#calls = 0;

	constructor(directory: SandboxDirectory, identity: NamespaceIdentity, log: Log, ground?: Ground) {
		this.#directory = directory;
		this.#identity = identity;
		this.#log = log;
		this.#ground = ground ?? {check: () => undefined, remake: () => makeDirectory(directory)};
	}

	/** Changes nothing, because the sandbox may belong to another netmon. See settle(). */
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
	 * Call it once the sandbox is known to belong to this netmon: sets aside what load() could not use, and logs it. Throws a
	 * SandboxLockedError if another netmon has written since and ended by now.
	 */
	settle(): void {
		if (this.#hasChanged()) {
			throw new SandboxLockedError(
				`another netmon for sandbox "${this.#directory.sandbox}" has ended while this one started`,
				'Start it again: it then continues from the state that the other left.',
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

	/** Makes the next start a fresh one: the namespace is gone, and the kernel may reuse its inode number for another. */
	forget(): void {
		this.#setAside(this.#directory.announcedFile, 'its namespace is gone');
	}

	begin(step: Step): void {
		this.#ground.check();
		const intent = {calls: this.#calls + 1, step: stepJson(step)};
		this.#replace(this.#directory.intentFile, JSON.stringify(intent));
		this.#calls += 1;
	}

	save({announced, links, serial}: SandboxState): void {
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

	#parseState(text: string): {state: SandboxState; calls: number} {
		const fields = Fields.parse(text, 'state');
		checkFormat(fields, format);
		this.#identity = checkBelongs(fields, this.#identity);
		const state = {
			announced: announcedOf(new Fields(fields.object('announced'), 'announced')),
			links: fields.objects('links').map((item) => rememberedLinkOf(new Fields(item, 'links'))),
			serial: fields.integer('serial'),
		};
		return {state, calls: fields.integer('calls')};
	}

	#withIntent(state: SandboxState, text: string | undefined): KeptState {
		if (text === undefined) return {state};
		const fields = Fields.parse(text, 'call');
		const calls = fields.integer('calls');
		if (calls <= this.#calls) return {state};
		this.#calls = calls;
		const step = stepOf(new Fields(fields.object('step'), 'call'), state.announced);
		this.#owed.push(() => this.#log.warn({op: step.op}, 'an earlier netmon ended during a call, whose outcome is unknown'));
		return {state, unfinished: step};
	}

	#setAside(path: string, reason: string): void {
		if (!setAside(path)) return;
		this.#log.warn({path, reason}, 'state is set aside, the start is a fresh one');
	}
}
