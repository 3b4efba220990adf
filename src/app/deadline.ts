import type {Clock} from '../time/clock.js';

/** A moment that several listeners may wait for. */
export class Deadline {
	readonly #listeners = new Set<() => void>();
	readonly #cancel: (() => void) | undefined;
	#isOver = false;

	/** @param limitMs from now; undefined: never */
	constructor(limitMs: number | undefined, clock: Clock) {
		if (limitMs !== undefined) this.#cancel = clock.after(limitMs, () => this.#end());
	}

	get isOver(): boolean {
		return this.#isOver;
	}

	/** Calls once, or at once if it is already over. The returned function cancels it. */
	onOver(call: () => void): () => void {
		if (this.#isOver) call();
		else this.#listeners.add(call);
		return () => this.#listeners.delete(call);
	}

	stop(): void {
		this.#cancel?.();
	}

	#end(): void {
		this.#isOver = true;
		for (const call of [...this.#listeners]) call();
	}
}
