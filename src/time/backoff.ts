import {type BackoffLimits, backoffDelay} from './backoff-delay.js';
import type {Clock} from './clock.js';

interface Held {
	/** What failed: another thing to say under the same key starts afresh. */
	readonly subject: string;
	readonly attempts: number;
	readonly failedAt: number;
	readonly until: number;
}

/** Holds back what has failed: exponentially, with jitter, per key; reset by success and by change. */
export class Backoff {
	readonly #clock: Clock;
	readonly #limits: BackoffLimits;
	readonly #held = new Map<string, Held>();

	constructor(clock: Clock, limits: BackoffLimits) {
		this.#clock = clock;
		this.#limits = limits;
	}

	/** Whether anything is held back under this key, whatever it is. */
	holds(key: string): boolean {
		return this.#held.has(key);
	}

	/** The moment from which it may be tried; one that has passed where nothing holds it back. */
	readyAt(key: string, subject: string): number {
		const held = this.#held.get(key);
		if (held === undefined) return Number.NEGATIVE_INFINITY;
		// Changed: soon, but a thing that changes all the time must not undo the back-off.
		return held.subject === subject ? held.until : Math.min(held.until, held.failedAt + this.#limits.baseMs);
	}

	/** The number of the try that comes next, from 1. */
	attempt(key: string, subject: string): number {
		const held = this.#held.get(key);
		return held?.subject === subject ? held.attempts + 1 : 1;
	}

	/** Returns how long it is held back, in milliseconds. */
	fail(key: string, subject: string): number {
		const attempts = this.attempt(key, subject);
		const delayMs = backoffDelay(attempts, this.#limits, this.#clock);
		const now = this.#clock.now();
		this.#held.set(key, {subject, attempts, failedAt: now, until: now + delayMs});
		return delayMs;
	}

	succeed(key: string): void {
		this.#held.delete(key);
	}

	/** Forgets all other keys, so that what is moot takes no memory. */
	retain(keys: ReadonlySet<string>): void {
		for (const key of this.#held.keys()) if (!keys.has(key)) this.#held.delete(key);
	}
}
