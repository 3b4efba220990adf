import {type Clock, jittered} from '../time/clock.js';
import {Timers} from '../time/timers.js';

/** While there is no monitor, the poll is all there is. */
const withoutMonitorMs = 1000;

/** What the poll needs to know of the monitor. */
export interface PolledMonitor {
	readonly up: boolean;
	/** Looks at it from outside. Returns whether it seems to miss nothing. */
	check(): boolean;
}

/** Asks for a full read on an interval: what no event has reported is found by it. */
export class Poll {
	readonly #clock: Clock;
	readonly #intervalMs: number;
	readonly #monitor: PolledMonitor;
	readonly #onPoll: () => void;
	readonly #timers: Timers<'poll'>;
	#due = false;
	#sound = false;

	/** @param intervalMs give or take a quarter, so that many netmons do not keep step */
	constructor(clock: Clock, intervalMs: number, monitor: PolledMonitor, onPoll: () => void) {
		this.#clock = clock;
		this.#intervalMs = intervalMs;
		this.#monitor = monitor;
		this.#onPoll = onPoll;
		this.#timers = new Timers(clock);
	}

	/** Whether, at the last poll, nothing showed that the monitor misses events. */
	get sound(): boolean {
		return this.#sound;
	}

	/** Sets the time of the next poll. Called again when the monitor is gone. */
	schedule(): void {
		const interval = this.#monitor.up ? this.#intervalMs : Math.min(this.#intervalMs, withoutMonitorMs);
		this.#timers.set('poll', jittered(interval, this.#clock), () => {
			this.#sound = this.#monitor.check();
			this.#due = true;
			this.#onPoll();
			this.schedule();
		});
	}

	/** Whether the look that begins now is one of the poll, and a monitor would have reported what it finds. */
	take(): boolean {
		const due = this.#due && this.#monitor.up;
		this.#due = false;
		return due;
	}

	stop(): void {
		this.#timers.cancelAll();
	}
}
