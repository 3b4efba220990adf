import {type Clock, jittered} from '../time/clock.js';
import {Timers} from '../time/timers.js';
import type {Subscription} from './subscription.js';

/** Without a monitor, the poll is the only way to see changes. */
const withoutMonitorMs = 1000;

/** Asks for a full read at an interval, to find what no event reported. */
export class Poll {
	readonly #clock: Clock;
	readonly #intervalMs: number;
	readonly #monitor: Subscription;
	readonly #onPoll: () => void;
	readonly #timers: Timers<'poll'>;
	#due = false;
	#sound = false;

	/** @param intervalMs varied by up to a quarter, so that many netmons do not poll at the same moment */
	constructor(clock: Clock, intervalMs: number, monitor: Subscription, onPoll: () => void) {
		this.#clock = clock;
		this.#intervalMs = intervalMs;
		this.#monitor = monitor;
		this.#onPoll = onPoll;
		this.#timers = new Timers(clock);
	}

	/** Whether the monitor seemed to miss no events at the last poll. */
	get sound(): boolean {
		return this.#sound;
	}

	/** Sets the time of the next poll. Call it again when the monitor goes down. */
	schedule(): void {
		const interval = this.#monitor.up ? this.#intervalMs : Math.min(this.#intervalMs, withoutMonitorMs);
		this.#timers.set('poll', jittered(interval, this.#clock), () => {
			this.#sound = this.#monitor.check();
			this.#due = true;
			this.#onPoll();
			this.schedule();
		});
	}

	/** Whether the poll asked for the look that begins now while a monitor was running, which should have reported every change. */
	take(): boolean {
		const due = this.#due && this.#monitor.up;
		this.#due = false;
		return due;
	}

	stop(): void {
		this.#timers.cancelAll();
	}
}
