import type {Clock} from './clock.js';

/** Timers by name. Each fires once, and setting one again replaces it. */
export class Timers<Name extends string> {
	readonly #clock: Clock;
	readonly #cancels = new Map<Name, () => void>();

	constructor(clock: Clock) {
		this.#clock = clock;
	}

	has(name: Name): boolean {
		return this.#cancels.has(name);
	}

	set(name: Name, delayMs: number, call: () => void): void {
		this.#cancels.get(name)?.();
		const cancel = this.#clock.after(delayMs, () => {
			this.#cancels.delete(name);
			call();
		});
		this.#cancels.set(name, cancel);
	}

	pause(name: Name, delayMs: number): Promise<void> {
		return new Promise((resolve) => this.set(name, delayMs, resolve));
	}

	cancelAll(): void {
		for (const cancel of this.#cancels.values()) cancel();
		this.#cancels.clear();
	}
}
