import type {Subject} from '../diff/subjects.js';

/** What a hook program was told, by the subject's key. */
export interface HookMemory {
	/** The state that each subject was told with last, or that needs no call. */
	readonly told: ReadonlyMap<string, Subject>;
	/** The state of calls that have begun and have not succeeded; undefined: the subject was gone. */
	readonly tried: ReadonlyMap<string, Subject | undefined>;
}

/** Where that is kept. */
export interface HookStore {
	/** What an earlier run in the same namespace has left; undefined where there is none. */
	load(): HookMemory | undefined;
	/** Throws where it cannot be written. */
	save(memory: HookMemory): void;
}
