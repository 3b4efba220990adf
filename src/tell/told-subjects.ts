import {recallSubjects} from '../diff/recall-subjects.js';
import {subjectChange} from '../diff/subject-change.js';
import {messageOf} from '../model/errors.js';
import type {HookMemory, HookStore, Subject, SubjectChange} from '../model/hook.js';
import type {Log} from '../model/log.js';

/** What a hook program was told about each subject. With a store, it is kept for the next start. */
export class ToldSubjects {
	readonly #store: HookStore | undefined;
	readonly #log: Log;
	readonly #told = new Map<string, Subject>();
	readonly #tried = new Map<string, Subject | undefined>();
	readonly #found = new Set<string>();

	constructor(store: HookStore | undefined, log: Log) {
		this.#store = store;
		this.#log = log;
	}

	/**
	 * Loads what an earlier run left. Without it, everything that is there at the start counts as told, or as found but not told.
	 *
	 * @returns keys of subjects that were told and are gone
	 */
	start(now: ReadonlyMap<string, Subject>, isToldAll: boolean): readonly string[] {
		const kept = this.#store?.load();
		if (kept === undefined && isToldAll) for (const key of now.keys()) this.#found.add(key);
		else this.#take(kept === undefined ? {told: now, tried: new Map(), found: new Set()} : recallSubjects(kept, now));
		return [...new Set([...this.#told.keys(), ...this.#tried.keys()])].filter((key) => !now.has(key));
	}

	/** The change to tell about a subject in this state; undefined if there is none. */
	changeOf(key: string, now: Subject | undefined): SubjectChange | undefined {
		const change = subjectChange(this.#told.get(key), now, this.#found.has(key));
		if (change !== undefined || !this.#tried.has(key)) return change;
		// If a call about a change has begun, a change back must be told too.
		return subjectChange(this.#tried.get(key), now);
	}

	/** A call begins. Throws if that cannot be recorded. */
	begin(key: string, state: Subject | undefined): void {
		this.#store?.save({...this.#memory, tried: new Map(this.#tried).set(key, state)});
		this.#tried.set(key, state);
	}

	/** The subject was told, or needs no call. */
	settle(key: string, state: Subject | undefined): void {
		this.#tried.delete(key);
		this.#found.delete(key);
		if (state === undefined) this.#told.delete(key);
		else this.#told.set(key, state);
	}

	save(): void {
		try {
			this.#store?.save(this.#memory);
		} catch (error) {
			this.#log.error({reason: messageOf(error)}, 'cannot save what hooks were told, retrying after the next call');
		}
	}

	get #memory(): HookMemory {
		return {told: this.#told, tried: this.#tried, found: this.#found};
	}

	#take({told, tried, found}: HookMemory): void {
		for (const [key, subject] of told) this.#told.set(key, subject);
		for (const [key, subject] of tried) this.#tried.set(key, subject);
		for (const key of found) this.#found.add(key);
	}
}
