import {sameLink} from '../diff/same-link.js';
import type {Log} from '../model/log.js';
import type {Delta, LinkDelta, LookFacts} from '../model/picture.js';
import type {Route} from '../model/route.js';
import type {MonitorEvent} from '../probe/monitor/monitor-line.js';
import type {Clock} from '../time/clock.js';

/** The poll may see a change while its event is still in the monitor's pipe. */
const graceMs = 250;

/**
 * Drift is a change that the poll finds and no event reported: a sign that events get lost. It is counted and logged, and the watcher
 * renews its subscription.
 */
export class Drift {
	/** Changes since the start that no event reported. */
	count = 0;
	readonly #clock: Clock;
	readonly #log: Log;
	readonly #onDrift: (count: number) => void;
	/** A name for the log, by subject. */
	readonly #unheard = new Map<number | 'routes', string>();
	#cancel: (() => void) | undefined;

	constructor(clock: Clock, log: Log, onDrift: (count: number) => void) {
		this.#clock = clock;
		this.#log = log;
		this.#onDrift = onDrift;
	}

	/** @param heard whether an event reported a subject before or during the poll's look */
	pollFound({links, routes}: Delta, heard: LookFacts['heard']): void {
		for (const {ifindex, ...delta} of links) {
			const name = nameOfChange(delta);
			if (name !== undefined && !heard(ifindex)) this.#unheard.set(ifindex, name);
		}
		for (const {removed, added} of routes.values()) {
			if (!heard('routes') && announcedPart(removed) !== announcedPart(added))
				this.#unheard.set('routes', added[0]?.dst ?? removed[0]?.dst ?? '');
		}
		if (this.#unheard.size > 0) this.#cancel ??= this.#clock.after(graceMs, () => this.#conclude());
	}

	/** Whether the poll found something that no event has reported yet. */
	get suspects(): boolean {
		return this.#unheard.size > 0;
	}

	/** A late event clears what it reports. */
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

/** The link's name, or undefined if nothing changed that the kernel reports by an event. */
function nameOfChange({before, after}: Omit<LinkDelta, 'ifindex'>): string | undefined {
	const same = before !== undefined && before.incarnation === after?.incarnation && sameLink(before.link, after.link);
	return same ? undefined : (after ?? before)?.link.ifname;
}

/**
 * What the kernel reports of routes by an event. Their flags change without one: `offload` (fib_alias_hw_flags_set, net/ipv4/fib_trie.c),
 * and `dead` by a sysctl (fib_nexthop_info, net/ipv4/fib_semantics.c).
 */
function announcedPart(routes: readonly Route[]): string {
	return JSON.stringify(routes, (key, value: unknown) => (key === 'flags' ? undefined : value));
}
