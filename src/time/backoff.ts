import {type BackoffLimits, backoffDelay} from './backoff-delay.js';
import type {Clock} from './clock.js';

interface Held {
	/** What failed. Another subject under the same key starts again with attempt 1. */
	readonly subject: string;
	readonly attempts: number;
	readonly failedAt: number;
	readonly until: number;
}

/** Holds back what has failed, twice as long each time, with jitter, for each key by itself. A success or a new subject resets it. */
export class Backoff {
	readonly #clock: Clock;
	readonly #limits: BackoffLimits;
	readonly #held = new Map<string, Held>();

	constructor(clock: Clock, limits: BackoffLimits) {
		this.#clock = clock;
		this.#limits = limits;
	}

	/** Whether this key is held back, for any subject. */
	holds(key: string): boolean {
		return this.#held.has(key);
	}

	/** The time from which it may be tried. It is in the past if nothing holds it back. */
	readyAt(key: string, subject: string): number {
		const held = this.#held.get(key);
		if (held === undefined) return Number.NEGATIVE_INFINITY;
		// A changed subject may be tried soon, but constant changes must not defeat the back-off.
		return held.subject === subject ? held.until : Math.min(held.until, held.failedAt + this.#limits.baseMs);
	}

	/** What is held back now: the attempts so far, and until when. */
	get held(): readonly {readonly key: string; readonly attempts: number; readonly until: number}[] {
		return [...this.#held].map(([key, {attempts, until}]) => ({key, attempts, until}));
	}

	/** The number of the next attempt, from 1. */
	attempt(key: string, subject: string): number {
		const held = this.#held.get(key);
		return held?.subject === subject ? held.attempts + 1 : 1;
	}

	/** Records a failure. Returns how long the key is held back, in milliseconds. */
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

	/** Forgets all other keys, so that the map does not keep keys that are not tried any more. */
	retain(keys: ReadonlySet<string>): void {
		for (const key of this.#held.keys()) if (!keys.has(key)) this.#held.delete(key);
	}
}
