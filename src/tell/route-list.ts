import {decisionTexts} from '../diff/decision-text.js';
import {type Guest, guestOf, sameGuest} from '../diff/guest.js';
import {type Judged, judgeRoute, type LeftOut} from '../diff/judge-route.js';
import {listRoutes} from '../diff/list-routes.js';
import {spliced} from '../diff/route-splice.js';
import type {AnnouncedInterface} from '../model/announced.js';
import type {Family} from '../model/link.js';
import type {Log} from '../model/log.js';
import type {Delta, Picture} from '../model/picture.js';
import type {Route} from '../model/route.js';
import type {Rules} from '../model/rules.js';
import type {SendableRoute} from '../model/sendable-route.js';

/** How a list of routes is written, and how to compare it with another without keeping it. */
export interface RouteListForm {
	/** Writes one route; the list is an array of them. */
	route(route: SendableRoute): string;
	/** Equal lists have equal fingerprints. */
	fingerprint(payload: string): string;
}

/**
 * The list of routes to send: judged routes, parallel to the picture's lists, and the payload made from them. It is computed on demand,
 * because computing it visits every link, and a call about one link must not wait for that.
 */
export class RouteList {
	readonly #rules: Rules;
	readonly #form: RouteListForm;
	readonly #log: Log;
	/** By family, parallel to the picture's routes. */
	readonly #judged = new Map<Family, readonly Judged[]>();
	/** The guest for which the routes were judged. */
	#guest: Guest = guestOf(new Map(), []);
	/** The inputs from which the guest and the payload are computed. */
	#picture: Picture = {table: new Map(), routes: new Map()};
	#announced: readonly AnnouncedInterface[] = [];
	/** Whether the guest and, below, the payload are up to date. */
	#isGuestKnown = true;
	#isWritten = true;
	#leftOut: readonly LeftOut[] = [];
	#payload = '[]';
	#fingerprint: string;
	#said = new Set<string>();

	constructor(rules: Rules, form: RouteListForm, log: Log) {
		this.#rules = rules;
		this.#form = form;
		this.#log = log;
		this.#fingerprint = form.fingerprint(this.#payload);
	}

	get payload(): string {
		this.#settle();
		return this.#payload;
	}

	get fingerprint(): string {
		this.#settle();
		return this.#fingerprint;
	}

	get leftOut(): readonly LeftOut[] {
		this.#settle();
		return this.#leftOut;
	}

	/** Takes in what a look changed. */
	observe(picture: Picture, delta: Delta, announced: readonly AnnouncedInterface[]): void {
		this.#take(picture, announced, delta.links.length > 0);
		if (delta.routes.size === 0) return;
		this.#isWritten = false;
		if (this.#judgeForGuest()) return;
		for (const [family, splice] of delta.routes) {
			const added = splice.added.map((route) => this.#judge(route));
			this.#judged.set(family, spliced(this.#judged.get(family) ?? [], splice, added));
		}
	}

	/** Takes in a change to what the runtime has. */
	announce(picture: Picture, announced: readonly AnnouncedInterface[]): void {
		this.#take(picture, announced, true);
	}

	/** Logs once for each route that the guest does not get unchanged, and why. Called when no call is about to change that. */
	warn(): void {
		const said = new Set<string>();
		for (const {route, reason, warn} of this.leftOut) {
			if (!warn && reason.code !== 'gateway-link-route') continue;
			const text = decisionTexts[reason.code](reason);
			const key = `${route.family} ${route.dst} ${route.metric ?? 0} ${route.tos ?? ''} ${text}`;
			said.add(key);
			if (this.#said.has(key)) continue;
			const fields = {dst: route.dst, dev: route.dev, code: reason.code, reason: text};
			if (warn) this.#log.warn(fields, 'route is not sent as it is');
			else this.#log.info(fields, 'route is sent with a link route to its gateway');
		}
		this.#said = said;
	}

	#take(picture: Picture, announced: readonly AnnouncedInterface[], isOtherGuest: boolean): void {
		this.#picture = picture;
		this.#announced = announced;
		if (isOtherGuest) this.#isGuestKnown = false;
	}

	#settle(): void {
		if (this.#judgeForGuest()) this.#isWritten = false;
		if (!this.#isWritten) this.#write();
	}

	/** Judges all routes again if the guest has changed. Returns whether it did. */
	#judgeForGuest(): boolean {
		if (this.#isGuestKnown) return false;
		this.#isGuestKnown = true;
		const guest = guestOf(this.#picture.table, this.#announced, this.#guest);
		const same = sameGuest(guest, this.#guest);
		this.#guest = guest;
		if (same) return false;
		for (const [family, list] of this.#picture.routes) {
			const judged = list.map((route) => this.#judge(route));
			this.#judged.set(family, judged);
		}
		return true;
	}

	#judge(route: Route): Judged {
		const judged = judgeRoute(route, this.#guest, this.#rules);
		return judged.kind === 'send' ? {...judged, route: {...judged.route, text: this.#form.route(judged.route)}} : judged;
	}

	#write(): void {
		this.#isWritten = true;
		const selection = listRoutes(joined([...this.#picture.routes.keys()].map((family) => this.#judged.get(family) ?? [])));
		this.#leftOut = selection.leftOut;
		this.#payload = `[${selection.routes.map((route) => route.text ?? this.#form.route(route)).join(',')}]`;
		this.#fingerprint = this.#form.fingerprint(this.#payload);
	}
}

/** There is nearly always one family only: do not copy a list of a hundred thousand routes needlessly. */
function joined<Entry>(lists: readonly (readonly Entry[])[]): readonly Entry[] {
	const [first = []] = lists;
	return lists.length > 1 ? lists.flat() : first;
}
