import {sameLink} from '../diff/same-link.js';
import type {Log} from '../model/log.js';
import type {Delta, LinkDelta, LookFacts} from '../model/picture.js';
import type {MonitorEvent} from '../probe/monitor/monitor-line.js';
import type {Clock} from '../time/clock.js';

/** An event may still be in the monitor's pipe when the poll has already seen what it reports. */
const graceMs = 250;

/**
 * Drift is what the poll finds and no event has reported: a sign that events get lost. It is
 * counted and logged; whoever listens for it may renew the subscription.
 */
export class Drift {
	/** Changes found since the start that no event had reported. */
	count = 0;
	readonly #clock: Clock;
	readonly #log: Log;
	readonly #onDrift: (count: number) => void;
	/** By subject, a name for the log. */
	readonly #unheard = new Map<number | 'routes', string>();
	#cancel: (() => void) | undefined;

	constructor(clock: Clock, log: Log, onDrift: (count: number) => void) {
		this.#clock = clock;
		this.#log = log;
		this.#onDrift = onDrift;
	}

	/** @param heard whether an event has reported a subject, before the poll looked or while it did */
	pollFound({links, routes}: Delta, heard: LookFacts['heard']): void {
		for (const {ifindex, ...delta} of links) {
			const name = nameOfChange(delta);
			if (name !== undefined && !heard(ifindex)) this.#unheard.set(ifindex, name);
		}
		for (const {removed, added} of routes.values()) {
			if (!heard('routes')) this.#unheard.set('routes', added[0]?.dst ?? removed[0]?.dst ?? '');
		}
		if (this.#unheard.size > 0) this.#cancel ??= this.#clock.after(graceMs, () => this.#conclude());
	}

	/** Whether something was found that no event has reported yet. */
	get suspects(): boolean {
		return this.#unheard.size > 0;
	}

	/** An event that was late clears what it reports. */
	heard(event: MonitorEvent): void {
		if (this.#unheard.size === 0) return;
		if (event.ifindex !== undefined) this.#unheard.delete(event.ifindex);
		if (event.table === undefined) this.#unheard.delete('routes');
	}

	stop(): void {
		this.#cancel?.();
	}

	#conclude(): void {
		this.#cancel = undefined;
		const drifted = [...this.#unheard.values()];
		this.#unheard.clear();
		if (drifted.length === 0) return;
		this.count += drifted.length;
		this.#log.warn(
			{drift: drifted.length, total: this.count, what: drifted.slice(0, 5)},
			'the poll found changes that no event had reported',
		);
		this.#onDrift(drifted.length);
	}
}

/** The link's name; undefined where nothing has changed that the kernel reports by an event. */
function nameOfChange({before, after}: Omit<LinkDelta, 'ifindex'>): string | undefined {
	const same = before !== undefined && before.incarnation === after?.incarnation && sameLink(before.link, after.link);
	return same ? undefined : (after ?? before)?.link.ifname;
}
