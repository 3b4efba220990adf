import type {SnapshotError} from '../model/errors.js';
import type {Log} from '../model/log.js';
import {SpawnError} from '../process/spawn-error.js';
import {StartFailures} from '../process/start-failures.js';
import {backoffDelay} from '../time/backoff-delay.js';
import type {Clock} from '../time/clock.js';

export const retryLimits = {baseMs: 100, capMs: 5000};

/** Counts failed reads in a row, and decides the log level and when to read again. */
export class ReadFailures {
	readonly #clock: Clock;
	readonly #log: Log;
	readonly #startFailures = new StartFailures();
	#count = 0;

	constructor(clock: Clock, log: Log) {
		this.#clock = clock;
		this.#log = log;
	}

	/** Time until the next read, in milliseconds; undefined if the last one succeeded. */
	get retryInMs(): number | undefined {
		return this.#count === 0 ? undefined : backoffDelay(this.#count, retryLimits, this.#clock);
	}

	failed(error: SnapshotError): void {
		this.#count += 1;
		const level = this.#startFailures.levelOf(error.cause instanceof SpawnError);
		this.#log[level]({reason: error.message, attempt: this.#count}, 'cannot read the namespace, keeping the last snapshot');
	}

	succeeded(): void {
		this.#count = 0;
		this.#startFailures.clear();
	}
}
