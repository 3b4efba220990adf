import type {Log} from '../model/log.js';
import {backoffDelay} from '../time/backoff-delay.js';
import type {Clock} from '../time/clock.js';
import {Timers} from '../time/timers.js';
import {retryLimits} from './read-failures.js';

/** Retries interrupted dumps, with back-off: they must not starve everything else. */
export class Interrupted {
	readonly #clock: Clock;
	readonly #log: Log;
	readonly #onRetry: () => void;
	readonly #timers: Timers<'retry'>;
	/** Looks in a row that had an interrupted dump. */
	#count = 0;

	constructor(clock: Clock, log: Log, onRetry: () => void) {
		this.#clock = clock;
		this.#log = log;
		this.#onRetry = onRetry;
		this.#timers = new Timers(clock);
	}

	/** @param complete whether the look had no interrupted dump */
	looked(complete: boolean): void {
		this.#count = complete ? 0 : this.#count + 1;
		if (complete) return;
		this.#log.debug({attempt: this.#count}, 'a dump was interrupted, so it does not show what is gone');
		this.#timers.set('retry', backoffDelay(this.#count, retryLimits, this.#clock), this.#onRetry);
	}

	stop(): void {
		this.#timers.cancelAll();
	}
}
