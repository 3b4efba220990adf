import {renameSync, rmSync} from 'node:fs';
import {resumeState} from '../diff/announce.js';
import {Fields, isObject, type JsonObject, ShapeError} from '../json/fields.js';
import type {Announced, AnnouncedInterface, InterfaceRecord, Standing} from '../model/announced.js';
import {isCode, messageOf} from '../model/errors.js';
import type {LinkIdentity} from '../model/interface-table.js';
import type {Log} from '../model/log.js';
import type {RememberedLink, StateStore, WatchState} from '../model/state.js';
import type {Step} from '../model/step.js';
import {makeDirectory, type SandboxDirectory} from './sandbox.js';
import {readOwnFile, removeFile, writeAnew} from './shared-file.js';

/** The namespace and the boot that a state belongs to; in any other it says nothing. */
export interface NamespaceIdentity {
	/** Device and inode of the nsfs file (namespaces(7)). */
	readonly netns: string;
	/** /proc/sys/kernel/random/boot_id. */
	readonly boot: string;
}

const format = 1;

/**
 * The record of what was announced, beside shared.json: announced.json after each call, and call.json, small
 * and so cheap, before it. Both are written under another name and renamed, so that nobody
 * ever reads a half of one. Not fsynced: a crash of the kernel ends the boot that they are for.
 */
export class StateFile implements StateStore {
	readonly #directory: SandboxDirectory;
	readonly #identity: NamespaceIdentity;
	readonly #log: Log;
	readonly #makeDirectory: () => void;
	/** Counts calls, so that a call.json which outlived its call is known as settled. */
	#calls = 0;

	/** @param remake makes the directory again that somebody has removed */
	constructor(directory: SandboxDirectory, identity: NamespaceIdentity, log: Log, remake = () => makeDirectory(directory)) {
		this.#directory = directory;
		this.#identity = identity;
		this.#log = log;
		this.#makeDirectory = remake;
	}

	load(): WatchState | undefined {
		const {announcedFile, intentFile} = this.#directory;
		try {
			const text = readOwnFile(announcedFile);
			if (text === undefined) {
				this.#setAside(intentFile, 'it belongs to no state');
				return undefined;
			}
			const {state, calls} = this.#parseState(text);
			this.#calls = calls;
			return this.#withIntent(state, readOwnFile(intentFile));
		} catch (error) {
			this.#setAside(announcedFile, messageOf(error));
			this.#setAside(intentFile, 'it belongs to a state that is set aside');
			return undefined;
		}
	}

	/** The next start is a fresh one: the namespace is gone, and the kernel may give its inode to another. */
	forget(): void {
		this.#setAside(this.#directory.announcedFile, 'its namespace is gone');
	}

	begin(step: Step): void {
		const intent = {calls: this.#calls + 1, step: stepJson(step)};
		this.#replace(this.#directory.intentFile, JSON.stringify(intent));
		this.#calls += 1;
	}

	save({announced, links, serial}: WatchState): void {
		const state = {format, ...this.#identity, calls: this.#calls, serial, announced, links};
		this.#replace(this.#directory.announcedFile, JSON.stringify(state));
		removeFile(this.#directory.intentFile);
	}

	#replace(path: string, content: string): void {
		const temporary = `${path}.new`;
		writeAnew(temporary, content, this.#makeDirectory);
		renameSync(temporary, path);
	}

	#parseState(text: string): {state: WatchState; calls: number} {
		const fields = new Fields(objectOf(text), 'state');
		const found = fields.integer('format');
		if (found !== format) throw new ShapeError(`its format is ${found}, not ${format}`);
		if (fields.string('boot') !== this.#identity.boot) throw new ShapeError('it is from another boot');
		if (fields.string('netns') !== this.#identity.netns) throw new ShapeError('it is of another namespace');
		const state = {
			announced: announcedOf(new Fields(fields.object('announced'), 'announced')),
			links: fields.objects('links').map((item) => linkOf(new Fields(item, 'links'))),
			serial: fields.integer('serial'),
		};
		return {state, calls: fields.integer('calls')};
	}

	#withIntent(state: WatchState, text: string | undefined): WatchState {
		if (text === undefined) return state;
		const fields = new Fields(objectOf(text), 'call');
		const calls = fields.integer('calls');
		if (calls <= this.#calls) return state;
		this.#calls = calls;
		const step = stepOf(new Fields(fields.object('step'), 'call'), state.announced);
		this.#log.warn({op: step.op}, 'an earlier netmon ended during a call, whose end is not known');
		return resumeState(state, step);
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

function objectOf(text: string): JsonObject {
	let parsed: unknown;
	try {
		parsed = JSON.parse(text);
	} catch (error) {
		throw new ShapeError('it is not JSON', {cause: error});
	}
	if (!isObject(parsed)) throw new ShapeError('it is not an object');
	return parsed;
}

function stepJson(step: Step): object {
	if (step.op === 'update-routes') return {op: step.op};
	const {ifindex, incarnation} = step.op === 'add-iface' ? step.identity : step.entry;
	return {op: step.op, ifindex, incarnation, record: step.op === 'add-iface' ? step.record : step.entry.record};
}

function stepOf(fields: Fields, announced: Announced): Step {
	const op = fields.string('op');
	if (op === 'update-routes') return {op};
	const identity = identityOf(fields);
	const record = recordOf(new Fields(fields.object('record'), 'record'));
	if (op === 'add-iface') return {op, identity, record};
	if (op !== 'del-iface') throw new ShapeError(`unknown call "${op}"`);
	const known = announced.interfaces.find(({ifindex, incarnation}) => ifindex === identity.ifindex && incarnation === identity.incarnation);
	return {op, entry: known ?? {...identity, record, standing: 'unsure'}};
}

function announcedOf(fields: Fields): Announced {
	return {
		interfaces: fields.objects('interfaces').map((item) => announcedInterfaceOf(new Fields(item, 'announced interface'))),
		routes: fields.optionalString('routes'),
		routesOwed: fields.boolean('routesOwed'),
	};
}

function announcedInterfaceOf(fields: Fields): AnnouncedInterface {
	return {
		...identityOf(fields),
		record: recordOf(new Fields(fields.object('record'), 'record')),
		standing: standingOf(fields.string('standing')),
	};
}

function identityOf(fields: Fields): LinkIdentity {
	return {ifindex: fields.integer('ifindex'), incarnation: fields.integer('incarnation')};
}

function recordOf(fields: Fields): InterfaceRecord {
	return {
		name: fields.string('name'),
		addresses: fields.objects('addresses').map((item) => {
			const address = new Fields(item, 'address');
			const family = address.integer('family');
			if (family !== 2 && family !== 10) throw new ShapeError(`unknown address family ${family}`);
			return {family, address: address.string('address'), mask: address.string('mask')};
		}),
		mtu: fields.integer('mtu'),
		hwaddr: fields.string('hwaddr'),
		linkType: fields.string('linkType'),
	};
}

function standingOf(text: string): Standing {
	if (text === 'told' || text === 'unsure' || text === 'withdrawn') return text;
	throw new ShapeError(`unknown standing "${text}"`);
}

function linkOf(fields: Fields): RememberedLink {
	return {...identityOf(fields), hwaddr: fields.string('hwaddr'), kind: fields.string('kind'), sinceStart: fields.boolean('sinceStart')};
}
