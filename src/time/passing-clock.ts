import type {Clock} from './clock.js';

interface Timer {
	readonly at: number;
	readonly call: () => void;
}

/** A clock that its owner moves on. */
export class PassingClock implements Clock {
	readonly random: () => number;
	#now = 0;
	readonly #timers = new Set<Timer>();

	/** @param random the source of jitter */
	constructor(random: () => number = () => 0.5) {
		this.random = random;
	}

	now(): number {
		return this.#now;
	}

	after(delayMs: number, call: () => void): () => void {
		const timer = {at: this.#now + delayMs, call};
		this.#timers.add(timer);
		return () => this.#timers.delete(timer);
	}

	/** When the next timer is due; undefined if there is none. */
	get nextAt(): number | undefined {
		return this.#first()?.at;
	}

	/** Moves on to the next timer and calls it. */
	passToNext(): void {
		const first = this.#first();
		if (first === undefined) return;
		this.#timers.delete(first);
		this.#now = Math.max(this.#now, first.at);
		first.call();
	}

	/** Moves on to a time. Calls all timers that are due until then, in order. */
	passTo(at: number): void {
		for (let first = this.#first(); first !== undefined && first.at <= at; first = this.#first()) this.passToNext();
		this.#now = Math.max(this.#now, at);
	}

	/** Of several timers for one time, the one that was set first. */
	#first(): Timer | undefined {
		let first: Timer | undefined;
		for (const timer of this.#timers) if (first === undefined || timer.at < first.at) first = timer;
		return first;
	}
}
