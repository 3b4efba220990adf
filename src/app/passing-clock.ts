import type {Clock} from '../time/clock.js';

interface Timer {
	readonly at: number;
	readonly call: () => void;
}

/** A clock whose time passes only on request. */
export class PassingClock implements Clock {
	#now = 0;
	readonly #timers = new Set<Timer>();

	now(): number {
		return this.#now;
	}

	after(delayMs: number, call: () => void): () => void {
		const timer = {at: this.#now + delayMs, call};
		this.#timers.add(timer);
		return () => this.#timers.delete(timer);
	}

	random(): number {
		return 0.5;
	}

	/** Runs everything that is due until then, in order. */
	passTo(at: number): void {
		for (;;) {
			const [first] = [...this.#timers].filter((timer) => timer.at <= at).toSorted((a, b) => a.at - b.at);
			if (first === undefined) break;
			this.#timers.delete(first);
			this.#now = Math.max(this.#now, first.at);
			first.call();
		}
		this.#now = Math.max(this.#now, at);
	}
}
