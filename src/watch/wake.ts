import {optional} from '../json/fields.js';
import type {MonitorEvent} from '../probe/monitor/monitor-line.js';

/** What only the events say about a link. */
export interface LinkDoorbell {
	/** The name in the last event. The monitor's cache may be stale (docs/iproute2.md, "Stale names"). */
	readonly name: string | undefined;
	/** The text in the last event, if it holds an `@`: it may be the whole name, or the name and a parent. */
	readonly written?: string;
	/** Whether the last event said that the link was deleted. */
	readonly deleted: boolean;
	/** Whether any event was about its addresses. */
	readonly addresses: boolean;
	/**
	 * Events said that the link was deleted, and then that one exists: this index now belongs to another link. A deletion line alone proves
	 * nothing, since a name with a newline can forge one (docs/iproute2.md). If the link is really gone, the look finds it gone; if the
	 * look finds a link, the line of its creation is still to come.
	 */
	readonly reborn: boolean;
}

/** What one look must read. */
export interface Wake {
	/** Read everything: at the start, for the poll, after a loss. */
	readonly all: boolean;
	readonly links: ReadonlyMap<number, LinkDoorbell>;
	/** Indices that now belong to other links, left over from looks whose dumps lacked them. */
	readonly reborn: ReadonlySet<number>;
	readonly routes: boolean;
	/** A look saw a rename or a deletion before its event: the names that `ip` has cached may be old ones. */
	readonly namesStale: boolean;
	/** Events were missed. Only true together with `all`. */
	readonly discontinuous: boolean;
}

/** After a look finds a link gone, its deletion event is expected for this long. It then says nothing new. */
const vanishedMs = 2000;
/** After a look contradicts a deletion event, the creation event is expected for this long. A line later than that is lost. */
const contradictedMs = 60_000;

/** Collects events into what the next look must read. Any number of events leads to one look. */
export class WakeSet {
	#all = false;
	#routes = false;
	#namesStale = false;
	#discontinuous = false;
	#links = new Map<number, LinkDoorbell>();
	#reborn = new Set<number>();
	/** Links that a look found gone or replaced before their event, and until when the event is expected. */
	readonly #vanished = new Map<number, number>();
	/** Links that an event called deleted and that neither a look nor a later event has settled, and until when that counts. */
	readonly #deleted = new Map<number, number>();

	get empty(): boolean {
		return !this.#all && !this.#routes && this.#links.size === 0;
	}

	/** Whether the event means that something may have changed. */
	ring(event: MonitorEvent, now: number): boolean {
		if (event.kind === 'route' && event.table !== undefined) return false;
		// The kernel drops the routes of a nexthop object, and the IPv4 routes of a link or an address, without an event
		// (docs/reliability.md, story 1).
		this.#routes = true;
		if (event.kind === 'link' || event.kind === 'address') this.#ringLink(event, now);
		return true;
	}

	/** Whether the next look reads links. */
	get hasLinks(): boolean {
		return this.#all || this.#links.size > 0;
	}

	ringAll(discontinuous: boolean): void {
		this.#all = true;
		if (!discontinuous) return;
		this.#discontinuous = true;
		this.#vanished.clear();
	}

	/** Routes may have been read under old names. */
	ringNames(): void {
		this.#namesStale = true;
		this.#routes = true;
	}

	/** Whether an event reported the subject, either for the last wake taken or since. */
	hasHeard(subject: number | 'routes', taken: Wake): boolean {
		if (subject === 'routes') return taken.routes || this.#routes;
		return taken.links.has(subject) || this.#links.has(subject);
	}

	/** Hands over what to read, and starts again empty. */
	take(): Wake {
		const wake = {
			all: this.#all,
			links: this.#links,
			reborn: this.#reborn,
			routes: this.#routes,
			namesStale: this.#namesStale,
			discontinuous: this.#all && this.#discontinuous,
		};
		if (this.#all) this.#discontinuous = false;
		this.#all = false;
		this.#routes = false;
		this.#namesStale = false;
		this.#links = new Map();
		this.#reborn = new Set();
		return wake;
	}

	/** What a look could not conclude about links that its dump lacked. Later looks conclude it when they see the links. */
	leave(reborn: Iterable<number>, discontinuous: boolean): void {
		for (const ifindex of reborn) this.#reborn.add(ifindex);
		this.#discontinuous ||= discontinuous;
	}

	/** Puts back what a look failed to read. */
	restore(wake: Wake): void {
		this.#all ||= wake.all;
		this.#routes ||= wake.routes;
		this.#namesStale ||= wake.namesStale;
		this.leave(wake.reborn, wake.discontinuous);
		for (const [ifindex, doorbell] of wake.links) {
			const later = this.#links.get(ifindex);
			this.#links.set(ifindex, later === undefined ? doorbell : both(doorbell, later));
		}
	}

	/** A look found the link gone or replaced. Its events came before, or will come and say nothing new. */
	vanished(ifindex: number, now: number): void {
		const told = this.#deleted.delete(ifindex);
		const pending = this.#links.get(ifindex);
		if (pending?.reborn) this.#links.set(ifindex, {...pending, reborn: false});
		else if (!told) this.#vanished.set(ifindex, now + vanishedMs);
		// The look may have asked for names before the link went.
		this.#namesStale ||= !told;
	}

	#ringLink(event: MonitorEvent, now: number): void {
		const {ifindex} = event;
		if (ifindex === undefined) return;
		const before = this.#links.get(ifindex);
		const ofLink = event.kind === 'link' && event.bridgePort === undefined;
		if (ofLink && event.deleted && !isDue(this.#vanished, ifindex, now)) this.#deleted.set(ifindex, now + contradictedMs);
		const reborn = ofLink && !event.deleted && isDue(this.#deleted, ifindex, now);
		// An address event has the right label, but its link name may be stale: prefer the name of a link event.
		const named = event.kind === 'link' || before?.name === undefined ? event : before;
		this.#links.set(ifindex, {
			name: named.name,
			...optional('written', named.written),
			deleted: ofLink ? event.deleted : (before?.deleted ?? false),
			addresses: event.kind === 'address' || (before?.addresses ?? false),
			reborn: reborn || (before?.reborn ?? false),
		});
	}
}

/** Whether the index is expected at this time. Each expectation counts once. */
function isDue(expected: Map<number, number>, ifindex: number, now: number): boolean {
	const until = expected.get(ifindex);
	expected.delete(ifindex);
	return until !== undefined && now <= until;
}

/** Merges two doorbells; the later one knows better about the name and the deletion. */
function both(earlier: LinkDoorbell, later: LinkDoorbell): LinkDoorbell {
	return {...later, addresses: earlier.addresses || later.addresses, reborn: earlier.reborn || later.reborn};
}
