import type {KeptState, SandboxState, StateStore} from '../../src/model/state.js';
import type {Step} from '../../src/model/step.js';
import type {Random} from './random.js';

/** What survives a run: the state after the last save, and the call that was begun after it. */
export class Disk {
	state: SandboxState | undefined;
	intent: Step | undefined;
	/** Probability that a write fails. */
	writeFails = 0;
}

export interface DiskObserver {
	/** Called before and after each write; false: the run ends there. */
	onWrite(what: 'begin' | 'save', when: 'before' | 'after'): boolean;
}

/** The disk during one run of the program, with the guarantees of state-file.ts. */
export class SimulatedStore implements StateStore {
	readonly #disk: Disk;
	readonly #rng: Random;
	readonly #observer: DiskObserver;

	constructor(disk: Disk, rng: Random, observer: DiskObserver) {
		this.#disk = disk;
		this.#rng = rng;
		this.#observer = observer;
	}

	load(): KeptState | undefined {
		const {state, intent} = structuredClone(this.#disk);
		if (state === undefined) return undefined;
		return intent === undefined ? {state} : {state, unfinished: intent};
	}

	begin(step: Step): void {
		this.#write('begin', () => {
			this.#disk.intent = structuredClone(step);
		});
	}

	save(state: SandboxState): void {
		this.#write('save', () => {
			this.#disk.state = structuredClone(state);
			this.#disk.intent = undefined;
		});
	}

	#write(what: 'begin' | 'save', write: () => void): void {
		if (!this.#observer.onWrite(what, 'before')) throw new Error('this run has been killed');
		if (this.#rng.chance(this.#disk.writeFails)) throw new Error('no space left on device, on purpose');
		write();
		this.#observer.onWrite(what, 'after');
	}
}
