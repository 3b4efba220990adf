import type {Route} from '../model/route.js';
import {commonEnds} from './common-ends.js';
import type {Rules} from './rules.js';
import {
	destinationKey,
	type GuestNames,
	type Judged,
	judgeRoute,
	type Picked,
	pickRoutes,
	type RouteSelection,
	sameNames,
} from './sendable-routes.js';

/** So many routes in one place are looked at anew; where more have changed, all are. */
const mostSpliced = 1024;

/**
 * Selects the routes to send as selectRoutes does, and remembers: of a hundred thousand routes a change concerns one, and
 * the others are the same objects in every dump. A route that stays is sent as the very same object.
 */
export class RouteSelector {
	readonly #rules: Rules;
	#names: GuestNames = new Map();
	#judged = new WeakMap<Route, Judged>();
	#observed: readonly Route[] = [];
	#picked: Picked = pickRoutes([], () => ({kind: 'skip'}));

	constructor(rules: Rules) {
		this.#rules = rules;
	}

	select(observed: readonly Route[], names: GuestNames): RouteSelection {
		const known = sameNames(names, this.#names);
		if (!known) this.#judged = new WeakMap();
		this.#names = names;
		const spliced = known ? this.#splice(observed) : undefined;
		this.#picked = spliced ?? pickRoutes(observed, (route) => this.#judge(route));
		this.#observed = observed;
		return this.#picked;
	}

	#judge(route: Route): Judged {
		const known = this.#judged.get(route);
		if (known !== undefined) return known;
		const judged = judgeRoute(route, this.#names, this.#rules);
		this.#judged.set(route, judged);
		return judged;
	}

	/** The last selection with what differs in one place; undefined where that has to do with routes in other places. */
	#splice(observed: readonly Route[]): Picked | undefined {
		const before = this.#observed;
		const {head, tail} = commonEnds(before, observed);
		const removed = before.slice(head, before.length - tail);
		const added = observed.slice(head, observed.length - tail);
		if (removed.length + added.length > mostSpliced) return undefined;
		const middle = pickRoutes(added, (route) => this.#judge(route));
		const destinations = this.#destinationsElsewhere(removed, middle.destinations);
		if (destinations === undefined) return undefined;
		for (const [key, count] of middle.destinations) destinations.set(key, count);
		const {routes, leftOut, sentBefore} = this.#picked;
		const from = sentBefore[head] ?? 0;
		const to = sentBefore[before.length - tail] ?? 0;
		const gone = new Set(removed);
		return {
			routes: routes.slice(0, from).concat(middle.routes, routes.slice(to)),
			leftOut: leftOut.filter(({route}) => !gone.has(route)).concat(middle.leftOut),
			sentBefore: splicedCounts(sentBefore, head, before.length - tail, middle.sentBefore),
			destinations,
		};
	}

	/** Destinations of all routes but the removed ones; undefined where one of those, or of the new ones, is among them. */
	#destinationsElsewhere(removed: readonly Route[], added: ReadonlyMap<string, number>): Map<string, number> | undefined {
		const {destinations} = this.#picked;
		const touched = new Set(added.keys());
		for (const route of removed) {
			if (this.#judge(route).kind !== 'send') continue;
			const key = destinationKey(route);
			touched.add(key);
			const others = (destinations.get(key) ?? 0) - 1;
			if (others > 0) destinations.set(key, others);
			else destinations.delete(key);
		}
		return [...touched].some((key) => destinations.has(key)) ? undefined : destinations;
	}
}

/** Counts for a list of which the entries from one index to another are replaced. */
function splicedCounts(counts: Uint32Array, from: number, to: number, middle: Uint32Array): Uint32Array {
	const result = new Uint32Array(from + middle.length + counts.length - 1 - to);
	result.set(counts.subarray(0, from));
	const base = counts[from] ?? 0;
	for (const [index, count] of middle.entries()) result[from + index] = base + count;
	const shift = (result[from + middle.length - 1] ?? 0) - (counts[to] ?? 0);
	const tail = counts.subarray(to + 1);
	const at = from + middle.length;
	result.set(tail, at);
	if (shift !== 0) for (let index = at; index < result.length; index += 1) result[index] = (result[index] ?? 0) + shift;
	return result;
}
