import {cannotEnter} from '../model/errors.js';
import type {Log} from '../model/log.js';
import type {MonitorEvent} from '../probe/monitor/monitor-line.js';
import type {Monitor, Probe} from '../probe/probe.js';
import type {SpawnError} from '../process/spawn-error.js';
import {StartFailures} from '../process/start-failures.js';
import {backoffDelay} from '../time/backoff-delay.js';
import type {Clock} from '../time/clock.js';

export interface SubscriptionHandlers {
	onEvents(events: readonly MonitorEvent[]): void;
	/** Events are lost, or may be. */
	onLoss(reason: string): void;
	/** The monitor is gone. Not called again for failed attempts to start another. */
	onDown(reason: string): void;
	/** A monitor is running again. What happened in between is unknown. */
	onUp(): void;
}

const restartLimits = {baseMs: 50, capMs: 10_000};
/** A monitor that lived this long was good: the next restart is as quick as the first. */
const calmMs = 10_000;

/** Keeps one monitor running: restarts it with back-off when it ends, and replaces it when it misses events. */
export class Subscription {
	readonly #probe: Probe;
	readonly #clock: Clock;
	readonly #log: Log;
	readonly #handlers: SubscriptionHandlers;
	#monitor: Monitor | undefined;
	#up = false;
	/** When the last monitor became ready; undefined if none has been ready yet. */
	#upSince: number | undefined;
	#attempts = 0;
	#stopped = false;
	#wasUnread = false;
	/** Whether the log already says that the monitor cannot be started. */
	readonly #startFailures = new StartFailures();
	#cancelRestart: (() => void) | undefined;

	constructor(probe: Probe, clock: Clock, log: Log, handlers: SubscriptionHandlers) {
		this.#probe = probe;
		this.#clock = clock;
		this.#log = log;
		this.#handlers = handlers;
	}

	get up(): boolean {
		return this.#up;
	}

	/** Resolves when the first monitor is ready, or has ended before it was. */
	start(): Promise<void> {
		return new Promise((resolve) => this.#begin(resolve));
	}

	/** Inspects the monitor from outside; the poll calls it. Returns false if the monitor seems to miss events. */
	check(): boolean {
		const monitor = this.#monitor;
		if (monitor === undefined || !this.#up) return false;
		const dropped = monitor.hasDropped();
		if (dropped) this.#handlers.onLoss('the kernel has dropped events');
		const unread = monitor.hasUnread();
		if (unread && this.#wasUnread) this.renew('it does not read its events');
		else this.#wasUnread = unread;
		return !dropped && !unread;
	}

	/** Replaces a monitor that runs but is useless. */
	renew(reason: string): void {
		if (this.#stopped || this.#monitor === undefined) return;
		this.#log.warn({reason}, 'monitor is replaced');
		this.#monitor.close();
		this.#down(reason);
		this.#begin(() => undefined);
	}

	stop(): void {
		this.#stopped = true;
		this.#cancelRestart?.();
		this.#monitor?.close();
		this.#monitor = undefined;
	}

	#begin(onFirst: () => void): void {
		if (this.#stopped) return;
		this.#wasUnread = false;
		const monitor = this.#probe.startMonitor({
			onEvents: (events) => {
				// It reads, so events that it has not read yet are new ones.
				this.#wasUnread = false;
				this.#handlers.onEvents(events);
			},
			onLoss: (reason) => this.#handlers.onLoss(reason),
			onEnd: (reason, failure) => {
				if (this.#monitor !== monitor) return;
				this.#ended(reason, failure);
				onFirst();
			},
		});
		this.#monitor = monitor;
		void monitor.ready.then((seen) => {
			if (this.#monitor !== monitor || this.#stopped) return;
			if (!seen) this.#log.warn({}, 'cannot see whether the monitor is ready, assuming that it is');
			const again = this.#attempts > 0 || this.#upSince !== undefined;
			this.#up = true;
			this.#upSince = this.#clock.now();
			onFirst();
			if (again || !seen) this.#handlers.onUp();
		});
	}

	#ended(reason: string, failure?: SpawnError): void {
		if (this.#up && this.#upSince !== undefined && this.#clock.now() - this.#upSince >= calmMs) this.#attempts = 0;
		this.#attempts += 1;
		const restartInMs = backoffDelay(this.#attempts, restartLimits, this.#clock);
		// The first look fails for the same reason, and its error says what to do.
		const isSaid = this.#upSince === undefined && cannotEnter(reason);
		const level = isSaid ? 'debug' : this.#startFailures.levelOf(failure !== undefined);
		this.#log[level]({reason, attempt: this.#attempts, restartInMs: Math.round(restartInMs)}, 'monitor ended');
		this.#down(reason);
		this.#cancelRestart = this.#clock.after(restartInMs, () => this.#begin(() => undefined));
	}

	#down(reason: string): void {
		const wasUp = this.#up;
		this.#monitor = undefined;
		this.#up = false;
		if (wasUp) this.#handlers.onDown(reason);
	}
}
