import {diffInterfaces, interfaceChange} from '../diff/link-changes.js';
import {diffRoutes, routeChange} from '../diff/route-changes.js';
import {compareTables} from '../diff/table-difference.js';
import {confirmLinks, trackLinks} from '../diff/track-links.js';
import type {Change} from '../model/change.js';
import {messageOf, SnapshotError} from '../model/errors.js';
import type {InterfaceTable} from '../model/interface-table.js';
import type {Family, Link} from '../model/link.js';
import type {Log} from '../model/log.js';
import type {Route} from '../model/route.js';
import type {MonitorEvent} from '../probe/monitor/monitor-line.js';
import type {Probe} from '../probe/probe.js';
import {SpawnError} from '../process/spawn-error.js';
import {type Clock, jittered} from '../time/clock.js';
import {Drift} from './drift.js';
import {type LinksSeen, type LookOptions, type RoutesSeen, startLook} from './look.js';
import {Subscription} from './subscription.js';
import {type Wake, WakeSet} from './wake.js';

export interface ObservationOptions extends LookOptions {
	/** Between two full reads, give or take a quarter. */
	readonly pollIntervalMs: number;
	/** Number from which looks are counted: above all of an earlier run whose state goes on. */
	readonly firstSerial: number;
}

/** What is there: the last snapshot. */
export interface Observed {
	readonly table: InterfaceTable;
	readonly routes: ReadonlyMap<Family, readonly Route[]>;
}

export interface ObservationHandlers {
	/** The picture has been renewed; first called with the whole picture of the start. */
	onObserved(observed: Observed): void;
	/** What has changed in it; first called with all that was found at the start. */
	onChanges(changes: readonly Change[]): void;
	/** Under which hardware address the guest knows each link that it has, by identity. */
	told(): ReadonlyMap<string, string>;
	/** The interface table of the first look. */
	firstTable(links: readonly Link[], now: number): InterfaceTable;
}

/** While there is no monitor, the poll is all there is. */
const pollWithoutMonitorMs = 1000;
const retryBaseMs = 100;
const retryCapMs = 5000;
/** Share of a look's own time that passes before the next, so that a flood leaves time for its calls. */
const restShare = 0.5;
const noRestBelowMs = 3;
/** More events than this during one look are a storm: the next look waits for more of it, and saves many. */
const stormEvents = 50;
const stormRestMs = 25;
/** However often a loss is told, everything is read anew once in this time. */
const lossIntervalMs = 1000;
/** The first picture is tried for this often: about three seconds. */
const firstLookTries = 6;

type TimerName = 'poll' | 'retry' | 'loss' | 'incomplete' | 'rest';

/**
 * Keeps the picture of one namespace: events wake it, snapshots tell it. A lost event delays
 * what is seen until the next look, and cannot make it wrong.
 */
export class Observation {
	readonly #probe: Probe;
	readonly #clock: Clock;
	readonly #log: Log;
	readonly #options: ObservationOptions;
	readonly #handlers: ObservationHandlers;
	readonly #wake = new WakeSet();
	readonly #subscription: Subscription;
	readonly #drift: Drift;
	#observed: Observed = {table: new Map(), routes: new Map()};
	#serial: number;
	#phase: 'starting' | 'watching' | 'stopped' = 'starting';
	#looping = false;
	#currentLook: Promise<void> | undefined;
	#failures = 0;
	/** No process could be started for the last look, and that was said. */
	#startFailed = false;
	#eventsDuringLook = 0;
	#incompletes = 0;
	#pollDue = false;
	/** At the last poll nothing told that the monitor misses events. */
	#sound = false;
	#lastLossAt = Number.NEGATIVE_INFINITY;
	readonly #cancels = new Map<TimerName, () => void>();

	constructor(probe: Probe, clock: Clock, log: Log, options: ObservationOptions, handlers: ObservationHandlers) {
		this.#probe = probe;
		this.#clock = clock;
		this.#log = log;
		this.#options = options;
		this.#handlers = handlers;
		this.#serial = options.firstSerial;
		this.#drift = new Drift(clock, log, () => this.#subscription.renew('it has missed a change'));
		this.#subscription = new Subscription(probe, clock, log, {
			onEvents: (events) => this.#ring(events),
			onLoss: (reason) => this.#lose(reason),
			onDown: () => {
				if (this.#phase === 'watching') this.#schedulePoll();
			},
			onUp: () => this.#lookAtAll(true),
		});
	}

	/** Subscribes, takes the first picture, and goes on until stop(). Rejects where no picture can be had. */
	async start(check?: () => Promise<void>): Promise<void> {
		const subscribed = this.#subscription.start();
		// While the monitor starts, so does what the first look will need.
		this.#probe.prepare(this.#options.families);
		await Promise.all([subscribed, check?.()]);
		this.#wake.ringAll(false);
		for (let tries = 1; ; tries += 1) {
			const failure = await this.#look();
			if (failure === undefined) break;
			if (tries === firstLookTries || this.stopped) throw failure;
			await this.#pause('rest', this.#retryDelay());
		}
		if (this.stopped) return;
		this.#phase = 'watching';
		this.#schedulePoll();
		this.#kick();
	}

	stop(): void {
		this.#phase = 'stopped';
		for (const cancel of this.#cancels.values()) cancel();
		this.#drift.stop();
		this.#subscription.stop();
		this.#probe.close();
	}

	get stopped(): boolean {
		return this.#phase === 'stopped';
	}

	/** Changes that the poll has found and no event had told. */
	get driftCount(): number {
		return this.#drift.count;
	}

	get monitorUp(): boolean {
		return this.#subscription.up;
	}

	get observed(): Observed {
		return this.#observed;
	}

	/** Counts looks; also numbers the incarnations of links. */
	get serial(): number {
		return this.#serial;
	}

	/** Resolves when the look that runs now, if one does, has been taken in. */
	async settled(): Promise<void> {
		await this.#currentLook;
	}

	#ring(events: readonly MonitorEvent[]): void {
		const now = this.#clock.now();
		this.#eventsDuringLook += events.length;
		let relevant = false;
		for (const event of events) {
			this.#drift.told(event);
			if (this.#wake.ring(event, now)) relevant = true;
		}
		if (relevant) this.#kick();
	}

	#lookAtAll(discontinuous: boolean): void {
		this.#wake.ringAll(discontinuous);
		this.#kick();
	}

	/** Says so and looks at everything: at once, but not more often than once a second. */
	#lose(reason: string): void {
		const wait = this.#lastLossAt + lossIntervalMs - this.#clock.now();
		if (wait <= 0) this.#concludeLoss(reason);
		else if (!this.#cancels.has('loss')) this.#after('loss', wait, () => this.#concludeLoss(reason));
	}

	#concludeLoss(reason: string): void {
		this.#lastLossAt = this.#clock.now();
		this.#log.warn({reason}, 'events may have been lost, everything is read anew');
		this.#lookAtAll(true);
	}

	#schedulePoll(): void {
		const {pollIntervalMs} = this.#options;
		const interval = this.#subscription.up ? pollIntervalMs : Math.min(pollIntervalMs, pollWithoutMonitorMs);
		this.#after('poll', jittered(interval, this.#clock), () => {
			this.#sound = this.#subscription.check();
			this.#pollDue = true;
			// Without a monitor every change is one whose event was missed.
			this.#lookAtAll(!this.#subscription.up);
			this.#schedulePoll();
		});
	}

	#kick(): void {
		if (this.#phase !== 'watching' || this.#looping || this.#cancels.has('retry')) return;
		void this.#loop();
	}

	async #loop(): Promise<void> {
		this.#looping = true;
		while (this.#phase === 'watching' && !this.#wake.empty && !this.#cancels.has('retry')) {
			const begun = this.#clock.now();
			const failure = await this.#look();
			const tookMs = this.#clock.now() - begun;
			if (failure !== undefined) this.#after('retry', this.#retryDelay(), () => this.#kick());
			else if (!this.#wake.empty) await this.#rest(tookMs);
		}
		this.#looping = false;
	}

	async #rest(tookMs: number): Promise<void> {
		const share = tookMs > noRestBelowMs ? tookMs * restShare : 0;
		const rest = this.#eventsDuringLook > stormEvents ? Math.max(share, stormRestMs) : share;
		if (rest > 0) await this.#pause('rest', rest);
	}

	#retryDelay(): number {
		return jittered(Math.min(retryCapMs, retryBaseMs * 2 ** (this.#failures - 1)), this.#clock);
	}

	/** One look, and all that follows from it. Returns why it failed; the last picture then stands. */
	async #look(): Promise<unknown> {
		const wake = this.#wake.take();
		this.#eventsDuringLook = 0;
		const polled = this.#pollDue && this.#subscription.up;
		this.#pollDue = false;
		this.#serial += 1;
		let rest = wake;
		const look = startLook(this.#probe, wake, this.#observed.table, this.#options);
		const done = (async () => {
			const links = await look.links;
			const changes = links === undefined ? [] : this.#takeLinks(links, wake, polled);
			// What has been taken in must not be taken in again, should the routes fail.
			rest = {
				all: links?.complete === false,
				links: new Map(),
				reborn: new Set(),
				routes: wake.all || wake.routes,
				namesStale: wake.namesStale,
				discontinuous: false,
			};
			const routes = this.stopped ? undefined : await look.routes();
			if (routes !== undefined) changes.push(...this.#takeRoutes(routes, wake));
			if (polled) this.#drift.pollFound(changes, wake);
			if (polled && links?.complete) this.#confirm(wake);
			this.#takeIncomplete(links, routes);
		})();
		this.#currentLook = done.catch(() => undefined);
		try {
			await done;
			this.#failures = 0;
			this.#startFailed = false;
			return undefined;
		} catch (error) {
			// The first picture is taken as a whole: a part of it would make all the rest new, or gone.
			this.#wake.restore(this.#phase === 'starting' ? wake : rest);
			this.#failures += 1;
			// A shortage of the machine is said once, not at each try.
			const level = cannotStart(error) && this.#startFailed ? 'debug' : 'warn';
			this.#startFailed = cannotStart(error);
			if (!this.stopped)
				this.#log[level]({reason: messageOf(error), attempt: this.#failures}, 'cannot read the namespace, the last picture stands');
			return error;
		} finally {
			this.#currentLook = undefined;
		}
	}

	#takeLinks(links: LinksSeen, wake: Wake, polled: boolean): Change[] {
		if (this.stopped) return [];
		const before = this.#observed.table;
		const now = this.#clock.now();
		const first = this.#phase === 'starting';
		if (first && !links.complete) throw new SnapshotError('ip -j -d addr show: interrupted each time, no whole picture yet');
		const table = first ? this.#handlers.firstTable(links.seen, now) : this.#track(polled ? {...links, heard: wake.links} : links, now);
		for (const {link} of compareTables(before, table).gone) {
			// Where events were missed, that of the deletion need not come: the next one may be of another link.
			if (!links.reborn.has(link.ifindex) && !links.discontinuous) this.#wake.vanished(link.ifindex, now);
		}
		const seen = new Set(links.seen.map(({ifindex}) => ifindex));
		const unseen = [...links.reborn].filter((ifindex) => table.has(ifindex) && !seen.has(ifindex));
		this.#wake.leave(unseen, links.discontinuous && !links.complete);
		if (hasUntoldName(before, table, wake)) this.#wake.ringNames();
		this.#observed = {...this.#observed, table};
		// The first picture is shown when it is whole.
		if (first) return [];
		const changes = diffInterfaces(before, table);
		if (changes.length > 0) this.#handlers.onChanges(changes);
		this.#handlers.onObserved(this.#observed);
		return changes;
	}

	#track(links: LinksSeen, now: number): InterfaceTable {
		const told = links.discontinuous ? {told: this.#handlers.told()} : {};
		return trackLinks(this.#observed.table, {...links, ...told, serial: this.#serial}, now);
	}

	#confirm({discontinuous}: Wake): void {
		if (discontinuous || !this.#sound || this.#drift.suspects) return;
		this.#observed = {...this.#observed, table: confirmLinks(this.#observed.table)};
	}

	#takeRoutes(seen: RoutesSeen, wake: Wake): Change[] {
		if (this.stopped) return [];
		if (this.#phase === 'starting' && !seen.complete)
			throw new SnapshotError('ip -j -d route show: interrupted each time, no whole picture yet');
		const before = this.#observed.routes;
		const routes = new Map<Family, readonly Route[]>();
		for (const [family, list] of seen.byFamily) {
			routes.set(family, seen.complete ? list : withKnown(list, before.get(family) ?? []));
		}
		this.#observed = {...this.#observed, routes};
		if (this.#phase === 'starting') {
			this.#handlers.onObserved(this.#observed);
			this.#handlers.onChanges(this.#found());
			return [];
		}
		const changes = [...routes].flatMap(([family, list]) => diffRoutes(before.get(family) ?? [], list));
		if (changes.length > 0) this.#handlers.onChanges(changes);
		this.#handlers.onObserved(this.#observed);
		if (!wake.all && this.#namesUnknown(changes)) this.#wake.ringAll(false);
		return changes;
	}

	/** Everything, as it is at the start. */
	#found(): Change[] {
		return [
			...[...this.#observed.table.values()].map(({link}) => interfaceChange('found', link)),
			...[...this.#observed.routes.values()].flat().map((route) => routeChange('found', route)),
		];
	}

	/** A route of an interface that the table does not have: it came, or was renamed, between two answers. */
	#namesUnknown(changes: readonly Change[]): boolean {
		const devices = changes.flatMap((change) => {
			if (change.type !== 'route' || change.action === 'removed') return [];
			return [change.route, ...(change.route.nexthops ?? [])].flatMap(({dev}) => (dev === undefined ? [] : [dev]));
		});
		if (devices.length === 0) return false;
		const names = new Set([...this.#observed.table.values()].map(({link}) => link.ifname));
		return devices.some((device) => !names.has(device));
	}

	/** What was interrupted is read again, ever less often while it goes on so: it must not starve the rest. */
	#takeIncomplete(links: LinksSeen | undefined, routes: RoutesSeen | undefined): void {
		if (links?.complete !== false && routes?.complete !== false) {
			this.#incompletes = 0;
			return;
		}
		this.#incompletes += 1;
		const delay = jittered(Math.min(retryCapMs, retryBaseMs * 2 ** (this.#incompletes - 1)), this.#clock);
		this.#log.debug({attempt: this.#incompletes}, 'a dump was interrupted, nothing is concluded to be gone from it');
		this.#after('incomplete', delay, () => this.#lookAtAll(false));
	}

	#after(name: TimerName, delayMs: number, call: () => void): void {
		this.#cancels.get(name)?.();
		const cancel = this.#clock.after(delayMs, () => {
			this.#cancels.delete(name);
			call();
		});
		this.#cancels.set(name, cancel);
	}

	#pause(name: TimerName, delayMs: number): Promise<void> {
		return new Promise((resolve) => this.#after(name, delayMs, resolve));
	}
}

function cannotStart(error: unknown): boolean {
	return error instanceof SnapshotError && error.cause instanceof SpawnError;
}

/**
 * Whether a link has another name than before which no event had told when the look began: the
 * routes may have been read under the old one, and its event will then find nothing new.
 */
function hasUntoldName(earlier: InterfaceTable, later: InterfaceTable, wake: Wake): boolean {
	return compareTables(earlier, later).moved.some(({before, after: {link}}) => {
		return before !== undefined && before.link.ifname !== link.ifname && wake.links.get(link.ifindex)?.name !== link.ifname;
	});
}

/** Of a dump that may lack entries: what is known and not in it counts as there. */
function withKnown(seen: readonly Route[], known: readonly Route[]): readonly Route[] {
	const present = new Set(seen.map((route) => JSON.stringify(route)));
	return [...seen, ...known.filter((route) => !present.has(JSON.stringify(route)))];
}
