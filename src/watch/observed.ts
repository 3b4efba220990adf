import {absorb, type RouteLook} from '../diff/absorb.js';
import {confirmLinks} from '../diff/first-table.js';
import {optional} from '../json/fields.js';
import type {InterfaceTable} from '../model/interface-table.js';
import type {Delta, LookFacts, Picture} from '../model/picture.js';
import type {Clock} from '../time/clock.js';
import {afterLinks, namesUnknownLink} from './after-look.js';
import type {LinksSeen} from './look.js';
import type {Wake, WakeSet} from './wake.js';
import type {WatcherHandlers} from './watcher-ports.js';

/** What one look is about. */
export interface Looking {
	readonly wake: Wake;
	/** Whether the poll asked for it while a monitor was running, which should have reported every change. */
	readonly polled: boolean;
	readonly facts: LookFacts;
	/** The number of the look. */
	readonly serial: number;
}

const nothing: Delta = {links: [], routes: new Map()};

/** Holds the picture. Absorbs each look, and marks in the wake set what later looks must read because of it. */
export class Observed {
	#picture: Picture = {table: new Map(), routes: new Map()};
	readonly #clock: Clock;
	/** What the next look has to read. */
	readonly #wake: WakeSet;
	readonly #announced: WatcherHandlers['announced'];

	constructor(clock: Clock, wake: WakeSet, announced: WatcherHandlers['announced']) {
		this.#clock = clock;
		this.#wake = wake;
		this.#announced = announced;
	}

	get picture(): Picture {
		return this.#picture;
	}

	/** The first picture. */
	begin(table: InterfaceTable, routes: RouteLook): void {
		this.#picture = {table, routes: routes.byFamily};
	}

	takeLinks(seen: LinksSeen | undefined, {wake, polled, facts, serial}: Looking): Delta {
		if (seen === undefined) return nothing;
		const now = this.#clock.now();
		const announced = seen.discontinuous ? this.#announced() : undefined;
		const links = {...seen, ...optional('announced', announced), ...(polled ? {heard: facts.heard} : {}), serial};
		const {picture, delta} = absorb(this.#picture, {links}, now);
		const after = afterLinks(delta.links, picture.table, seen, wake);
		for (const ifindex of after.vanished) this.#wake.vanished(ifindex, now);
		this.#wake.leave(after.unseen, seen.discontinuous && !seen.complete);
		if (after.renamedUnheard) this.#wake.ringNames();
		if (after.mastersStale) this.#wake.ringAll(false);
		this.#picture = picture;
		return delta;
	}

	takeRoutes(seen: RouteLook | undefined, {wake}: Looking): Delta {
		if (seen === undefined) return nothing;
		const {picture, delta} = absorb(this.#picture, {routes: seen}, this.#clock.now());
		this.#picture = picture;
		if (!wake.all && namesUnknownLink(delta.routes, picture.table)) this.#wake.ringAll(false);
		return delta;
	}

	/** Confirms the links: a complete look saw them, and nothing suggests that an event was missed before it. */
	confirm(): void {
		this.#picture = {...this.#picture, table: confirmLinks(this.#picture.table)};
	}
}
