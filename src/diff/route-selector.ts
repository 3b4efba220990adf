import type {Route} from '../model/route.js';
import {type Guest, sameGuest} from './guest.js';
import {type Judged, judgeRoute} from './judge-route.js';
import {listRoutes, type RouteSelection} from './list-routes.js';
import type {Rules} from './rules.js';

/**
 * Selects the routes to send, and keeps what was judged of each: most updates change one route, and the others are the
 * same objects in every dump. A route that stays is sent as the very same object.
 */
export class RouteSelector {
	readonly #rules: Rules;
	#guest: Guest | undefined;
	#judged = new WeakMap<Route, Judged>();

	constructor(rules: Rules) {
		this.#rules = rules;
	}

	select(observed: readonly Route[], guest: Guest): RouteSelection {
		if (this.#guest === undefined || !sameGuest(guest, this.#guest)) this.#judged = new WeakMap();
		this.#guest = guest;
		return listRoutes(observed.map((route) => this.#judge(route, guest)));
	}

	#judge(route: Route, guest: Guest): Judged {
		const known = this.#judged.get(route);
		if (known !== undefined) return known;
		const judged = judgeRoute(route, guest, this.#rules);
		this.#judged.set(route, judged);
		return judged;
	}
}
