import type {Log} from '../model/log.js';
import {backoffDelay} from '../time/backoff-delay.js';
import type {Clock} from '../time/clock.js';
import {Timers} from '../time/timers.js';
import {retryLimits} from './read-failures.js';

/** Has interrupted dumps read again, less and less often while that goes on: they must not starve the rest. */
export class Interrupted {
	readonly #clock: Clock;
	readonly #log: Log;
	readonly #onRetry: () => void;
	readonly #timers: Timers<'retry'>;
	/** Looks in a row with a dump that was interrupted. */
	#count = 0;

	constructor(clock: Clock, log: Log, onRetry: () => void) {
		this.#clock = clock;
		this.#log = log;
		this.#onRetry = onRetry;
		this.#timers = new Timers(clock);
	}

	/** @param complete whether no dump of the look was interrupted */
	looked(complete: boolean): void {
		this.#count = complete ? 0 : this.#count + 1;
		if (complete) return;
		this.#log.debug({attempt: this.#count}, 'a dump was interrupted, nothing is concluded to be gone from it');
		this.#timers.set('retry', backoffDelay(this.#count, retryLimits, this.#clock), this.#onRetry);
	}

	stop(): void {
		this.#timers.cancelAll();
	}
}
