import {SnapshotError} from '../../src/model/errors.js';
import {type BareLink, bareLink, type Family, type Link} from '../../src/model/link.js';
import type {Route} from '../../src/model/route.js';
import type {MonitorEvent} from '../../src/probe/monitor/monitor-line.js';
import type {MonitorHandlers} from '../../src/probe/monitor/monitor-process.js';
import type {Monitor, Probe} from '../../src/probe/probe.js';
import type {Dump} from '../../src/probe/read/dump.js';
import type {HeldClock} from './held-clock.js';

/** A monitor that the test controls. */
export class ScriptedMonitor implements Monitor {
	readonly ready: Promise<boolean>;
	dropped = false;
	unread = false;
	closed = false;
	readonly #handlers: MonitorHandlers;
	#becomeReady: (seen: boolean) => void = () => undefined;

	constructor(handlers: MonitorHandlers) {
		this.#handlers = handlers;
		this.ready = new Promise((resolve) => {
			this.#becomeReady = resolve;
		});
	}

	becomeReady(seen = true): void {
		this.#becomeReady(seen);
	}

	tell(...events: readonly MonitorEvent[]): void {
		this.#handlers.onEvents(events);
	}

	lose(reason: string): void {
		this.#handlers.onLoss(reason);
	}

	end(reason = 'killed'): void {
		this.#handlers.onEnd(reason);
	}

	hasDropped(): boolean {
		const dropped = this.dropped;
		this.dropped = false;
		return dropped;
	}

	hasUnread(): boolean {
		return this.unread;
	}

	close(): void {
		this.closed = true;
	}
}

/** A namespace with the links and routes that the test sets. It records every question and its time. */
export class ScriptedProbe implements Probe {
	links: Link[] = [];
	routes: Route[] = [];
	/** Whether dumps are interrupted and empty. */
	interrupted = false;
	/** Whether answers about one link are interrupted and empty. */
	interruptedSingles = false;
	/** Whether questions without addresses fail. */
	refusesBare = false;
	/** Whether questions fail. */
	failing = false;
	/** Whether monitors become ready by themselves, wait for the test, or end at once. */
	monitorsStart: 'ready' | 'held' | 'dead' = 'ready';
	/** How long an answer takes. */
	answerMs = 0;
	readonly monitors: ScriptedMonitor[] = [];
	/** `links`, `link NAME`, `bare link NAME`, `routes FAMILY`, `monitor`. */
	asked: string[] = [];
	/** When all links were asked for. */
	fullReads: number[] = [];
	/** When a single link was asked for. */
	linkReads: number[] = [];
	/** When monitors were started. */
	starts: number[] = [];
	readonly #clock: HeldClock;

	constructor(clock: HeldClock) {
		this.#clock = clock;
	}

	get monitor(): ScriptedMonitor {
		const last = this.monitors.at(-1);
		if (last === undefined) throw new Error('no monitor was started');
		return last;
	}

	startMonitor(handlers: MonitorHandlers): Monitor {
		this.asked.push('monitor');
		this.starts.push(this.#clock.now());
		const monitor = new ScriptedMonitor(handlers);
		this.monitors.push(monitor);
		if (this.monitorsStart === 'ready') monitor.becomeReady();
		if (this.monitorsStart === 'dead') this.#clock.after(0, () => monitor.end('exit code 1'));
		return monitor;
	}

	prepare(): void {}

	readLinks(): Promise<Dump<Link>> {
		this.fullReads.push(this.#clock.now());
		return this.#answer('links', () => this.links);
	}

	/** @param ifname a name, or an index as `ifN` */
	readLink(ifname: string): Promise<Dump<Link>> {
		this.linkReads.push(this.#clock.now());
		const isAsked = (link: Link) => link.ifname === ifname || `if${link.ifindex}` === ifname;
		return this.#answer(`link ${ifname}`, () => this.links.filter(isAsked), true);
	}

	/** Without its addresses, as `ip -0` prints it. */
	async readBareLink(ifname: string): Promise<Dump<BareLink>> {
		const refused = this.refusesBare;
		const {entries, complete} = await this.#answer(`bare link ${ifname}`, () => this.links.filter((link) => link.ifname === ifname), true);
		if (refused) throw new SnapshotError(`bare link ${ifname}: refused`);
		return {entries: entries.map(bareLink), complete};
	}

	readRoutes(family: Family): Promise<Dump<Route>> {
		return this.#answer(`routes ${family}`, () => this.routes.filter((route) => route.family === family));
	}

	forgetNames(): void {}

	close(): void {}

	/** The questions since the last call. */
	takeAsked(): string[] {
		return this.asked.splice(0);
	}

	async #answer<Entry>(question: string, read: () => readonly Entry[], single = false): Promise<Dump<Entry>> {
		this.asked.push(question);
		if (this.answerMs > 0) await new Promise<void>((resolve) => this.#clock.after(this.answerMs, resolve));
		if (this.failing) throw new SnapshotError(`${question}: failed on purpose`);
		const complete = single ? !this.interruptedSingles : !this.interrupted;
		return {entries: complete ? read() : [], complete};
	}
}

/** The event of a changed link. */
export function linkEvent(link: Pick<Link, 'ifindex' | 'ifname'>, more: Partial<MonitorEvent> = {}): MonitorEvent {
	return {kind: 'link', deleted: false, ifindex: link.ifindex, name: link.ifname, ...more};
}

/** The event of a changed route in the main table. */
export const routeEvent: MonitorEvent = {kind: 'route', deleted: false};
