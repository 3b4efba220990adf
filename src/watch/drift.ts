import type {Change} from '../model/change.js';
import type {Log} from '../model/log.js';
import type {MonitorEvent} from '../probe/monitor/monitor-line.js';
import type {Clock} from '../time/clock.js';
import type {Wake} from './wake.js';

/** An event may still be in the monitor's pipe when the poll has already seen what it tells. */
const graceMs = 250;

/**
 * Drift is what the poll finds and no event had told: a sign that events get lost. It is
 * counted and logged; whoever listens for it may renew the subscription.
 */
export class Drift {
	/** Changes found since the start that no event had told. */
	count = 0;
	readonly #clock: Clock;
	readonly #log: Log;
	readonly #onDrift: () => void;
	readonly #untold = new Map<string, Change>();
	#cancel: (() => void) | undefined;

	constructor(clock: Clock, log: Log, onDrift: () => void) {
		this.#clock = clock;
		this.#log = log;
		this.#onDrift = onDrift;
	}

	/** @param told what events had asked to be refreshed when the poll looked */
	pollFound(changes: readonly Change[], told: Wake): void {
		for (const change of changes) {
			if (change.type === 'interface' ? told.links.has(change.ifindex) : told.routes) continue;
			this.#untold.set(change.type === 'interface' ? String(change.ifindex) : 'routes', change);
		}
		if (this.#untold.size > 0) this.#cancel ??= this.#clock.after(graceMs, () => this.#conclude());
	}

	/** Whether something was found that no event has told yet. */
	get suspects(): boolean {
		return this.#untold.size > 0;
	}

	/** An event that was late clears what it tells. */
	told(event: MonitorEvent): void {
		if (this.#untold.size === 0) return;
		if (event.ifindex !== undefined) this.#untold.delete(String(event.ifindex));
		if (event.table === undefined) this.#untold.delete('routes');
	}

	stop(): void {
		this.#cancel?.();
	}

	#conclude(): void {
		this.#cancel = undefined;
		const drifted = [...this.#untold.values()];
		this.#untold.clear();
		if (drifted.length === 0) return;
		this.count += drifted.length;
		const what = drifted.slice(0, 5).map((change) => (change.type === 'interface' ? change.ifname : change.route.dst));
		this.#log.warn({drift: drifted.length, total: this.count, what}, 'the poll found changes that no event had told');
		this.#onDrift();
	}
}
