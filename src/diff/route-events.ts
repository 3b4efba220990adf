import type {LookFacts, RouteSplice} from '../model/picture.js';
import {type Route, routeKey} from '../model/route.js';
import {type Causes, devicesOf} from './causes.js';
import {routeDifferences} from './differences.js';
import {causeOf, type Draft} from './draft.js';

/** Events for the routes that are there at the start. */
export function* foundRoutes({added}: RouteSplice): Generator<Draft, void, undefined> {
	for (const route of added) yield {body: {event: 'route-found', route}};
}

/** The events of one splice of a route list, removals first. A route that only moved within the list makes no event. */
export function* routeEvents({removed, added}: RouteSplice, look: LookFacts, causes: Causes): Generator<Draft, void, undefined> {
	const cause = causeOf(look, 'routes');
	const {gone, fresh} = withoutEqual(removed, added);
	const pairs = pairUp(gone, fresh, causes);
	const paired = new Set(pairs.values());
	for (const route of gone) {
		if (!paired.has(route)) yield draftOf({event: 'route-removed', route, cause}, causes.ofRemoved(route));
	}
	for (const route of fresh) {
		const before = pairs.get(route);
		if (before === undefined) yield {body: {event: 'route-added', route, cause}};
		else {
			const changes = routeDifferences(before, route);
			yield draftOf({event: 'route-changed', route, changes, cause}, causes.ofChanged(before, route));
		}
	}
}

function draftOf(body: Draft['body'], because: Draft | undefined): Draft {
	return because === undefined ? {body} : {body, because};
}

/** Removes routes that are in both lists. Equal routes may stand in both at different places. */
function withoutEqual(removed: readonly Route[], added: readonly Route[]): {gone: readonly Route[]; fresh: readonly Route[]} {
	if (removed.length === 0 || added.length === 0) return {gone: removed, fresh: added};
	const old = new Map<string, Route[]>();
	for (const route of removed) push(old, JSON.stringify(route), route);
	const fresh = added.filter((route) => old.get(JSON.stringify(route))?.pop() === undefined);
	const left = new Set([...old.values()].flat());
	return {gone: removed.filter((route) => left.has(route)), fresh};
}

/**
 * Pairs each new route with the one it replaces. `ip route replace` keeps the key and changes the rest. Several routes may share a key
 * (`append`, or one network on two interfaces): routes by the same device are paired first, the rest in order.
 */
function pairUp(gone: readonly Route[], fresh: readonly Route[], causes: Causes): ReadonlyMap<Route, Route> {
	const pairs = new Map<Route, Route>();
	if (gone.length === 0 || fresh.length === 0) return pairs;
	const byKey = new Map<string, Route[]>();
	for (const route of gone) push(byKey, routeKey(route), route);
	for (const sameDevices of [true, false]) {
		for (const route of fresh) {
			const candidates = byKey.get(routeKey(route));
			if (candidates === undefined || pairs.has(route)) continue;
			const index = candidates.findIndex((before) => (sameDevices ? devicesAre(before, route, causes) : mayMove(before, route)));
			const [before] = index < 0 ? [] : candidates.splice(index, 1);
			if (before !== undefined) pairs.set(route, before);
		}
	}
	return pairs;
}

function devicesAre(before: Route, after: Route, causes: Causes): boolean {
	return (
		devicesOf(before)
			.map((dev) => causes.currentName(dev))
			.join('/') === devicesOf(after).join('/')
	);
}

/** The kernel makes a route for the network of each interface; on another interface it is another route. */
function mayMove(before: Route, after: Route): boolean {
	return before.protocol !== 'kernel' && after.protocol !== 'kernel';
}

function push(map: Map<string, Route[]>, key: string, route: Route): void {
	const list = map.get(key);
	if (list === undefined) map.set(key, [route]);
	else list.push(route);
}
