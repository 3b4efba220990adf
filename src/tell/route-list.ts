import {commonEnds} from '../diff/common-ends.js';
import {type Guest, guestOf, keepsNames} from '../diff/guest.js';
import type {LeftOut} from '../diff/judge-route.js';
import type {RouteSelection} from '../diff/list-routes.js';
import {routeReasonText} from '../diff/reason-text.js';
import {RouteSelector} from '../diff/route-selector.js';
import type {Rules} from '../diff/rules.js';
import type {SendableRoute} from '../diff/sendable-route.js';
import type {AnnouncedInterface} from '../model/announced.js';
import type {Log} from '../model/log.js';
import type {Observed} from '../watch/watcher.js';

/** How a list of routes is written, and told from another without keeping it. */
export interface RouteListForm {
	payload(routes: readonly SendableRoute[]): string;
	fingerprint(payload: string): string;
}

/** The list of routes to send, made anew only when what it is made from has changed. */
export class RouteList {
	readonly #form: RouteListForm;
	readonly #log: Log;
	readonly #selector: RouteSelector;
	#routes: Observed['routes'] | undefined;
	#table: Observed['table'] | undefined;
	#interfaces: readonly AnnouncedInterface[] | undefined;
	#guest: Guest | undefined;
	#selection: RouteSelection = {routes: [], leftOut: []};
	#payload = '';
	#fingerprint = '';
	#said = new Set<string>();

	constructor(rules: Rules, form: RouteListForm, log: Log) {
		this.#selector = new RouteSelector(rules);
		this.#form = form;
		this.#log = log;
		this.#take({routes: [], leftOut: []});
	}

	get payload(): string {
		return this.#payload;
	}

	/** Equal for equal lists. */
	get fingerprint(): string {
		return this.#fingerprint;
	}

	update({table, routes}: Observed, interfaces: readonly AnnouncedInterface[]): void {
		if (routes === this.#routes && table === this.#table && interfaces === this.#interfaces) return;
		const namesStand = this.#table !== undefined && interfaces === this.#interfaces && keepsNames(this.#table, table);
		const guest = namesStand && this.#guest !== undefined ? this.#guest : guestOf(table, interfaces, this.#guest);
		this.#guest = guest;
		this.#routes = routes;
		this.#table = table;
		this.#interfaces = interfaces;
		const lists = [...routes.values()];
		// Nearly always one family only: a list of a hundred thousand is not copied for nothing.
		const [first = []] = lists;
		this.#take(this.#selector.select(lists.length > 1 ? lists.flat() : first, guest));
	}

	/** Says once of each route that the guest does not get it as it is; said when no call is about to change that. */
	warn(): void {
		const said = new Set<string>();
		for (const {route, reason, warn} of this.#selection.leftOut) {
			if (!warn && reason.code !== 'gateway-link-route') continue;
			const text = routeReasonText(reason);
			const key = `${route.family} ${route.dst} ${route.metric ?? 0} ${route.tos ?? ''} ${text}`;
			said.add(key);
			if (this.#said.has(key)) continue;
			const fields = {dst: route.dst, dev: route.dev, code: reason.code, reason: text};
			if (warn) this.#log.warn(fields, 'route is not sent as it is');
			else this.#log.info(fields, 'route is sent with a link route to its gateway');
		}
		this.#said = said;
	}

	get leftOut(): readonly LeftOut[] {
		return this.#selection.leftOut;
	}

	#take(selection: RouteSelection): void {
		const before = this.#selection.routes;
		this.#selection = selection;
		const same =
			this.#fingerprint !== '' && before.length === selection.routes.length && commonEnds(before, selection.routes).head === before.length;
		if (same) return;
		this.#payload = this.#form.payload(selection.routes);
		this.#fingerprint = this.#form.fingerprint(this.#payload);
	}
}
