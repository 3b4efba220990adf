import type {Log} from '../model/log.js';
import type {Clock} from '../time/clock.js';
import {Timers} from '../time/timers.js';

/** Even if losses are reported more often, everything is read again only once in this time. */
const intervalMs = 1000;

/** Acts on lost events, or events that may be lost: at once the first time, then at most once a second. */
export class Losses {
	readonly #clock: Clock;
	readonly #log: Log;
	readonly #onLoss: (reason: string) => void;
	readonly #timers: Timers<'loss'>;
	#lastAt = Number.NEGATIVE_INFINITY;

	constructor(clock: Clock, log: Log, onLoss: (reason: string) => void) {
		this.#clock = clock;
		this.#log = log;
		this.#onLoss = onLoss;
		this.#timers = new Timers(clock);
	}

	report(reason: string): void {
		const wait = this.#lastAt + intervalMs - this.#clock.now();
		if (wait <= 0) this.#conclude(reason);
		else if (!this.#timers.has('loss')) this.#timers.set('loss', wait, () => this.#conclude(reason));
	}

	stop(): void {
		this.#timers.cancelAll();
	}

	#conclude(reason: string): void {
		this.#lastAt = this.#clock.now();
		this.#log.warn({reason}, 'events may have been lost, everything is read again');
		this.#onLoss(reason);
	}
}
