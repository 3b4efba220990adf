import {messageOf} from '../model/errors.js';
import type {Log} from '../model/log.js';
import type {SandboxState, StateStore} from '../model/state.js';
import type {Step} from '../model/step.js';
import type {Clock} from '../time/clock.js';

/**
 * How long to wait after a look before saving what is remembered of the links. A save takes 5 ms with 1,000 interfaces and would delay
 * the next look of a burst. If netmon is killed before the save, its next start finds the same facts by looking.
 */
const lookedMs = 50;

/** Keeps on disk what the runtime was told: before each call, and soon after each change. */
export class Keeper {
	readonly #store: StateStore;
	readonly #clock: Clock;
	readonly #log: Log;
	/** The current state; undefined if there is none yet. */
	readonly #current: () => SandboxState | undefined;
	/** What was announced differs from the file, which must be saved before the next call. */
	#unsaved = false;
	/** What is remembered of the links may differ from the file. Saving it can wait. */
	#stale = false;
	/** Nothing is saved between `begin` and `ended`, because the outcome of the call is unknown. */
	#calling = false;
	#cancelSave: (() => void) | undefined;

	constructor(store: StateStore, clock: Clock, log: Log, current: () => SandboxState | undefined) {
		this.#store = store;
		this.#clock = clock;
		this.#log = log;
		this.#current = current;
	}

	/** What was announced has changed. It is saved before the next call, or as soon as there is time. */
	changed(): void {
		this.#unsaved = true;
		this.#stale = true;
		this.#cancelSave?.();
		this.#saveAfter(0);
	}

	/** What is remembered of the links may have changed. It is saved later, because a call may be about to begin. */
	looked(): void {
		this.#stale = true;
		if (this.#cancelSave === undefined) this.#saveAfter(lookedMs);
	}

	/** Records the step that is about to be made. Throws if it cannot be written. */
	begin(step: Step): void {
		if (this.#unsaved) this.#write();
		this.#store.begin(step);
		this.#calling = true;
	}

	ended(): void {
		this.#calling = false;
		this.changed();
	}

	stop(): void {
		this.#cancelSave?.();
		this.#calling = false;
		// The file may have been removed or changed since. The next start needs it.
		this.#stale = true;
		this.#save();
	}

	#saveAfter(delayMs: number): void {
		this.#cancelSave = this.#clock.after(delayMs, () => {
			this.#cancelSave = undefined;
			this.#save();
		});
	}

	#save(): void {
		if (this.#calling || !this.#stale) return;
		try {
			this.#write();
		} catch (error) {
			this.#unsaved = true;
			this.#log.error({reason: messageOf(error)}, 'cannot save what was announced, retrying with the next call');
		}
	}

	#write(): void {
		const state = this.#current();
		if (state === undefined) return;
		this.#store.save(state);
		this.#unsaved = false;
		this.#stale = false;
	}
}
