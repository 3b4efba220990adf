import {accessSync, constants, lstatSync, renameSync} from 'node:fs';
import {dirname} from 'node:path';
import {checkBelongs, checkFormat, type NamespaceIdentity} from '../files/namespace-state.js';
import {readOwnFile, writeNewFile} from '../files/own-file.js';
import {setAside} from '../files/set-aside.js';
import {Fields} from '../json/fields.js';
import {messageOf, reasonOf, StateDirectoryError} from '../model/errors.js';
import type {HookMemory, HookStore} from '../model/hook.js';
import type {Log} from '../model/log.js';
import {memoryJson, memoryOf} from './hook-state-json.js';

const format = 1;
/** Far more than a hundred thousand routes need. */
const limitBytes = 256 * 1024 * 1024;

/**
 * Keeps what a hook program was told, in the file that `--state` names. The file is written under another name and renamed, so that
 * nobody ever reads a half-written one. It is not fsynced: after a crash of the kernel it belongs to an earlier boot, and is of no use.
 */
export class HookStateFile implements HookStore {
	readonly #path: string;
	#identity: NamespaceIdentity;
	readonly #log: Log;

	/** @throws {StateDirectoryError} if it cannot be written */
	constructor(path: string, identity: NamespaceIdentity, log: Log) {
		this.#path = path;
		this.#identity = identity;
		this.#log = log;
		try {
			// netmon makes no directory here. This one is the user's, so it is not set aside.
			if (lstatSync(path, {throwIfNoEntry: false})?.isDirectory()) throw new Error('it is a directory');
			accessSync(dirname(path), constants.W_OK | constants.X_OK);
		} catch (error) {
			throw new StateDirectoryError(
				`cannot write ${path}: ${reasonOf(error)}`,
				'Make its directory, writable for this user, or name another file with --state FILE.',
				{cause: error},
			);
		}
	}

	load(): HookMemory | undefined {
		try {
			const text = readOwnFile(this.#path, limitBytes);
			return text === undefined ? undefined : this.#parse(text);
		} catch (error) {
			this.#setAside(messageOf(error));
			return undefined;
		}
	}

	save(memory: HookMemory): void {
		const temporary = `${this.#path}.new`;
		writeNewFile(temporary, JSON.stringify({format, ...this.#identity, ...memoryJson(memory)}));
		renameSync(temporary, this.#path);
	}

	#parse(text: string): HookMemory {
		const fields = Fields.parse(text, 'state');
		checkFormat(fields, format);
		this.#identity = checkBelongs(fields, this.#identity);
		return memoryOf(fields);
	}

	#setAside(reason: string): void {
		const path = this.#path;
		const log = this.#log;
		try {
			if (setAside(path)) log.warn({path, reason}, 'state is set aside, the start is a fresh one');
		} catch (error) {
			log.error({path, reason: reasonOf(error)}, 'cannot set aside an unusable state');
		}
	}
}
