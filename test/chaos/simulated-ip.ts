import {SnapshotError} from '../../src/model/errors.js';
import {type BareLink, bareLink, type Family, type Link} from '../../src/model/link.js';
import type {Route} from '../../src/model/route.js';
import type {QuestionFamily} from '../../src/probe/ask/ip-queries.js';
import type {MonitorEvent} from '../../src/probe/monitor/monitor-line.js';
import type {MonitorHandlers} from '../../src/probe/monitor/monitor-process.js';
import type {Monitor, Probe} from '../../src/probe/probe.js';
import type {Dump} from '../../src/probe/read/dump.js';
import {type Kernel, type KernelLink, linkShown, routeShown} from './kernel.js';
import type {Random} from './random.js';
import type {RunClock} from './virtual-clock.js';

/** What may go wrong with `ip` now. A history turns it on and off. */
export interface IpFaults {
	/** The longest duration of an answer. */
	answerMs: number;
	/** The longest delay of an event. */
	eventMs: number;
	/** Probabilities. */
	queryFails: number;
	interrupted: number;
	monitorFailsToStart: number;
	/** The kernel drops events; how that shows, if it does. */
	dropping: 'no' | 'told' | 'counted' | 'silently';
}

export function faultlessIp(answerMs: number, eventMs: number): IpFaults {
	return {answerMs, eventMs, queryFails: 0, interrupted: 0, monitorFailsToStart: 0, dropping: 'no'};
}

/** Index to name, as cached by one long-lived `ip`, which never updates a name (docs/iproute2.md, "A batch as a query server"). */
type NameCache = Map<number, string>;

/** `ip` on the simulated kernel, during one run of the program. */
export class SimulatedIp implements Probe {
	readonly #kernel: Kernel;
	readonly #clock: RunClock;
	readonly #rng: Random;
	readonly #faults: IpFaults;
	#caches = new Map<QuestionFamily, NameCache>();
	monitor: SimulatedMonitor | undefined;

	constructor(kernel: Kernel, clock: RunClock, rng: Random, faults: IpFaults) {
		this.#kernel = kernel;
		this.#clock = clock;
		this.#rng = rng;
		this.#faults = faults;
	}

	startMonitor(handlers: MonitorHandlers): Monitor {
		this.monitor = new SimulatedMonitor(this.#kernel, this.#clock, this.#rng, this.#faults, handlers);
		return this.monitor;
	}

	prepare(): void {}

	readLinks(): Promise<Dump<Link>> {
		return this.#showLinks('addr show', this.#cache('inet'), () => [...this.#kernel.links.values()]);
	}

	readLink(ifname: string): Promise<Dump<Link> | undefined> {
		// A name that a batch cannot be asked for.
		if (ifname.includes('#')) return Promise.resolve(undefined);
		const cache = this.#cache('inet');
		return this.#showLinks(`addr show dev ${ifname}`, cache, () => this.#linkAsked(ifname, cache));
	}

	async readBareLink(ifname: string): Promise<Dump<BareLink> | undefined> {
		if (ifname.includes('#')) return undefined;
		const cache = this.#cache('link');
		const links = await this.#later(() => this.#linkAsked(ifname, cache).map((link) => this.#shown(link, cache)));
		const {entries, complete} = await this.#answer(`-0 addr show dev ${ifname}`, links);
		return {entries: entries.map(bareLink), complete};
	}

	async readRoutes(family: Family): Promise<Dump<Route>> {
		const cache = this.#cache(family);
		const routes = await this.#later(() => {
			const main = this.#kernel.routes.filter((route) => route.family === family && route.table === 'main');
			return main.map((route) => routeShown(route, (ifindex) => this.#believedName(ifindex, cache)));
		});
		return this.#answer('route show', routes);
	}

	forgetNames(): void {
		this.#caches = new Map();
	}

	close(): void {
		this.monitor?.close();
	}

	#cache(family: QuestionFamily): NameCache {
		const known = this.#caches.get(family);
		if (known !== undefined) return known;
		const fresh: NameCache = new Map();
		this.#caches.set(family, fresh);
		return fresh;
	}

	/** None, or one. */
	#linkAsked(ifname: string, cache: NameCache): KernelLink[] {
		const learnt = [...cache].find(([, name]) => name === ifname)?.[0];
		const ifindex = learnt ?? this.#kernel.named(ifname)?.ifindex ?? Number(/^if(\d+)$/.exec(ifname)?.[1]);
		const link = this.#kernel.links.get(ifindex);
		return link === undefined ? [] : [link];
	}

	#believedName(ifindex: number, cache: NameCache): string {
		const known = cache.get(ifindex);
		if (known !== undefined) return known;
		const name = this.#kernel.links.get(ifindex)?.ifname ?? `if${ifindex}`;
		cache.set(ifindex, name);
		return name;
	}

	#shown(link: KernelLink, cache: NameCache): Link {
		this.#believedName(link.ifindex, cache);
		return linkShown(link, link.master === undefined ? undefined : this.#believedName(link.master.ifindex, cache));
	}

	/** Links at one moment, their addresses later: `addr show` is two dumps. */
	async #showLinks(question: string, cache: NameCache, select: () => KernelLink[]): Promise<Dump<Link>> {
		const links = await this.#later(() => select().map((link) => this.#shown(link, cache)));
		const addressed = await this.#later(() =>
			links.map((link) => ({...link, addr_info: this.#kernel.links.get(link.ifindex)?.addresses ?? []})),
		);
		return this.#answer(question, addressed);
	}

	async #answer<Entry extends Link | Route>(question: string, entries: readonly Entry[]): Promise<Dump<Entry>> {
		await this.#later(() => undefined);
		const {queryFails, interrupted} = this.#faults;
		if (this.#rng.chance(queryFails)) throw new SnapshotError(`${question}: failed on purpose`);
		if (!this.#rng.chance(interrupted)) return {entries, complete: true};
		const share = this.#rng.oneOf(0, 0.1, 0.5);
		const thinned = entries.filter(() => !this.#rng.chance(share)).map((entry) => this.#thinned(entry, share));
		return {entries: thinned, complete: false};
	}

	#thinned<Entry extends Link | Route>(entry: Entry, share: number): Entry {
		if (!('addr_info' in entry)) return entry;
		return {...entry, addr_info: entry.addr_info.filter(() => !this.#rng.chance(share))};
	}

	#later<Result>(look: () => Result): Promise<Result> {
		const delayMs = this.#rng.next() ** 3 * this.#faults.answerMs;
		return new Promise((resolve) => this.#clock.exactly(delayMs, () => resolve(look())));
	}
}

/** `ip monitor`: events come in order and late, under names that may be stale, or not at all. */
export class SimulatedMonitor implements Monitor {
	readonly ready: Promise<boolean>;
	/** Stopped or hanging: reads nothing from its socket. */
	stuck = false;
	readonly #clock: RunClock;
	readonly #rng: Random;
	readonly #faults: IpFaults;
	readonly #handlers: MonitorHandlers;
	readonly #names = new Map<number, string>();
	readonly #unsubscribe: () => void;
	#queue: {readonly event: MonitorEvent; readonly dueAt: number}[] = [];
	#ended = false;
	#isReady = false;
	#drops = 0;
	#knownDrops = 0;
	#lossToTell = false;

	constructor(kernel: Kernel, clock: RunClock, rng: Random, faults: IpFaults, handlers: MonitorHandlers) {
		this.#clock = clock;
		this.#rng = rng;
		this.#faults = faults;
		this.#handlers = handlers;
		this.#unsubscribe = kernel.subscribe((event) => this.#take(event));
		const fails = rng.chance(faults.monitorFailsToStart);
		this.ready = new Promise((resolve) => {
			clock.exactly(rng.between(1, 10), () => {
				for (const {ifindex, ifname} of kernel.links.values()) this.#names.set(ifindex, ifname);
				this.#isReady = !fails;
				if (fails) this.die('ended before it was ready');
				resolve(!fails);
			});
		});
	}

	hasDropped(): boolean {
		const more = this.#drops > this.#knownDrops;
		this.#knownDrops = this.#drops;
		return more;
	}

	hasUnread(): boolean {
		return this.stuck && this.#queue.length > 0;
	}

	close(): void {
		this.#ended = true;
		this.#unsubscribe();
	}

	die(reason: string): void {
		if (this.#ended) return;
		// What is left in the pipe is read, or is not.
		if (this.#rng.chance(0.5)) this.#queue = [];
		this.#deliver(Number.POSITIVE_INFINITY);
		this.close();
		this.#handlers.onEnd(reason);
	}

	/** It runs again. */
	resume(): void {
		this.stuck = false;
		this.#deliver(this.#clock.now());
	}

	#take(event: MonitorEvent): void {
		if (this.#ended) return;
		// Subscribed is not ready: earlier events may be thrown away.
		if (!this.#isReady && this.#rng.chance(0.7)) return;
		if (this.#faults.dropping !== 'no') {
			this.#drop();
			return;
		}
		const lastDue = this.#queue.at(-1)?.dueAt ?? 0;
		const dueAt = Math.max(lastDue, this.#clock.now() + this.#rng.next() ** 3 * this.#faults.eventMs);
		this.#queue.push({event: this.#asPrinted(event), dueAt});
		this.#clock.exactly(dueAt - this.#clock.now(), () => this.#deliver(this.#clock.now()));
	}

	#drop(): void {
		if (this.#faults.dropping === 'silently') return;
		this.#drops += 1;
		if (this.#faults.dropping !== 'told' || this.#lossToTell) return;
		this.#lossToTell = true;
		// Its stderr and stdout are two pipes: the message may come before or after the events around the gap.
		this.#clock.exactly(this.#rng.between(0, 30), () => {
			this.#lossToTell = false;
			if (!this.#ended) this.#handlers.onLoss('dropped on purpose');
		});
	}

	/** The label of an ADDR line is right, but its name is the one that was cached first (docs/iproute2.md, "Stale names"). */
	#asPrinted(event: MonitorEvent): MonitorEvent {
		const {kind, ifindex, name, deleted, bridgePort} = event;
		if (ifindex === undefined || name === undefined) return event;
		const known = this.#names.get(ifindex);
		if (known === undefined) this.#names.set(ifindex, name);
		if (kind === 'link' && deleted && bridgePort === undefined) this.#names.delete(ifindex);
		return kind === 'address' && known !== undefined ? {...event, name: known} : event;
	}

	#deliver(now: number): void {
		if (this.#ended || this.stuck) return;
		// Sums of fractions are not exact.
		const due = this.#queue.filter(({dueAt}) => dueAt <= now + 0.001);
		if (due.length === 0) return;
		this.#queue = this.#queue.slice(due.length);
		this.#handlers.onEvents(due.map(({event}) => event));
	}
}
