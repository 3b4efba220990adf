import {optional} from '../json/fields.js';
import type {MonitorEvent} from '../probe/monitor/monitor-line.js';

/** What is known of a link only by its events. */
export interface LinkDoorbell {
	/** The name in the last event; the monitor's cache may be behind (docs/iproute2.md, "Stale names"). */
	readonly name: string | undefined;
	/** What the last event has written for it, where an `@` leaves open whether that is the name or begins with it. */
	readonly written?: string;
	/** The last event said that it is deleted. */
	readonly deleted: boolean;
	/** Some event was about its addresses. */
	readonly addresses: boolean;
	/**
	 * Events said that it was deleted, and after that that there is one: what has this index now is another link. That it
	 * was deleted is not enough. A name may hold a newline, so that a line can be forged (docs/iproute2.md), and a look
	 * shows a link that was deleted to be gone. Where the look finds one, the line of its creation is still to come.
	 */
	readonly reborn: boolean;
}

/** What one look has to refresh. */
export interface Wake {
	/** Everything: at the start, by the poll, after a loss. */
	readonly all: boolean;
	readonly links: ReadonlyMap<number, LinkDoorbell>;
	/** Of looks before that lacked entries: what has one of these indices is another link. */
	readonly reborn: ReadonlySet<number>;
	readonly routes: boolean;
	/** A rename was seen before its event: the names that `ip` has learnt may be those of before. */
	readonly namesStale: boolean;
	/** Events were missed; only together with all. */
	readonly discontinuous: boolean;
}

/** How long a deletion that a look has found waits for its event, which then says nothing new. */
const vanishedMs = 2000;
/** How long a deletion that a look has contradicted waits for the event of the creation. A line that late is lost. */
const contradictedMs = 60_000;

/** Gathers events into what the next look has to refresh; however many come, the look is one. */
export class WakeSet {
	#all = false;
	#routes = false;
	#namesStale = false;
	#discontinuous = false;
	#links = new Map<number, LinkDoorbell>();
	#reborn = new Set<number>();
	/** Found gone by a look, before the event; and until when that counts. */
	readonly #vanished = new Map<number, number>();
	/** Told to be deleted, neither found gone nor told to be there since; and until when that counts. */
	readonly #deleted = new Map<number, number>();

	get empty(): boolean {
		return !this.#all && !this.#routes && this.#links.size === 0;
	}

	/** Whether the event says that something may have changed. */
	ring(event: MonitorEvent, now: number): boolean {
		switch (event.kind) {
			case 'route':
				if (event.table !== undefined) return false;
				this.#routes = true;
				return true;
			case 'nexthop':
				// A route goes without a word when its nexthop object does.
				this.#routes = true;
				return true;
			default:
				// The kernel drops IPv4 routes silently with a link or an address (docs/reliability.md, story 1).
				this.#routes = true;
				this.#ringLink(event, now);
				return true;
		}
	}

	ringAll(discontinuous: boolean): void {
		this.#all = true;
		if (!discontinuous) return;
		this.#discontinuous = true;
		this.#vanished.clear();
	}

	/** Routes may have been read under names that are no more. */
	ringNames(): void {
		this.#namesStale = true;
		this.#routes = true;
	}

	/** Whether an event has reported the subject, to the wake that was taken last or since. */
	hasHeard(subject: number | 'routes', taken: Wake): boolean {
		if (subject === 'routes') return taken.routes || this.#routes;
		return taken.links.has(subject) || this.#links.has(subject);
	}

	/** Hands over what is to be refreshed, and starts again with nothing. */
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

	/** What a look was to conclude of links that its dump lacked: left to the looks that see them. */
	leave(reborn: Iterable<number>, discontinuous: boolean): void {
		for (const ifindex of reborn) this.#reborn.add(ifindex);
		this.#discontinuous ||= discontinuous;
	}

	/** Puts back what a look could not refresh. */
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

	/** A look has found the link gone: its event has come before, or is to come and then says nothing new. */
	vanished(ifindex: number, now: number): void {
		const told = this.#deleted.delete(ifindex);
		const pending = this.#links.get(ifindex);
		if (pending?.reborn) this.#links.set(ifindex, {...pending, reborn: false});
		else if (!told) this.#vanished.set(ifindex, now + vanishedMs);
	}

	#ringLink(event: MonitorEvent, now: number): void {
		const {ifindex} = event;
		if (ifindex === undefined) return;
		const before = this.#links.get(ifindex);
		const ofLink = event.kind === 'link' && event.bridgePort === undefined;
		if (ofLink && event.deleted && !isDue(this.#vanished, ifindex, now)) this.#deleted.set(ifindex, now + contradictedMs);
		const reborn = ofLink && !event.deleted && isDue(this.#deleted, ifindex, now);
		// The label of an ADDR event is right, its name may be stale: a LINK event's name is kept.
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

/** Whether the index is expected until now or later; it is expected once. */
function isDue(expected: Map<number, number>, ifindex: number, now: number): boolean {
	const until = expected.get(ifindex);
	expected.delete(ifindex);
	return until !== undefined && now <= until;
}

/** What both have told; of the name and of the deletion the later one knows better. */
function both(earlier: LinkDoorbell, later: LinkDoorbell): LinkDoorbell {
	return {...later, addresses: earlier.addresses || later.addresses, reborn: earlier.reborn || later.reborn};
}
