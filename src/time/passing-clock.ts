import type {Clock} from './clock.js';

interface Timer {
	readonly at: number;
	readonly call: () => void;
}

/** Time that passes when it is told to. */
export class PassingClock implements Clock {
	readonly random: () => number;
	#now = 0;
	readonly #timers = new Set<Timer>();

	/** @param random where jitter comes from */
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

	/** When something is due next; undefined: never. */
	get nextAt(): number | undefined {
		return this.#first()?.at;
	}

	/** Lets happen what is due next. */
	passToNext(): void {
		const first = this.#first();
		if (first === undefined) return;
		this.#timers.delete(first);
		this.#now = Math.max(this.#now, first.at);
		first.call();
	}

	/** Lets all happen that is due until then, in order. */
	passTo(at: number): void {
		for (let first = this.#first(); first !== undefined && first.at <= at; first = this.#first()) this.passToNext();
		this.#now = Math.max(this.#now, at);
	}

	/** Of several at one time, the one that was set first. */
	#first(): Timer | undefined {
		let first: Timer | undefined;
		for (const timer of this.#timers) if (first === undefined || timer.at < first.at) first = timer;
		return first;
	}
}
