import type {RouteChange} from '../model/change.js';
import type {RouteSplice} from '../model/picture.js';
import type {Route} from '../model/route.js';
import {describeDifferences, routeFacts} from './describe.js';

/** What a splice of the route list says: first the routes that went, then those that came or changed. */
export function routeChanges({removed: before, added: after}: Pick<RouteSplice, 'removed' | 'added'>): RouteChange[] {
	const old = new Map<string, Route[]>();
	for (const route of before) push(old, JSON.stringify(route), route);
	const fresh: Route[] = [];
	for (const route of after) {
		if (old.get(JSON.stringify(route))?.pop() === undefined) fresh.push(route);
	}
	const gone = new Map<string, Route[]>();
	for (const route of [...old.values()].flat()) push(gone, routeKey(route), route);
	const changes: RouteChange[] = [];
	for (const route of fresh) {
		const previous = gone.get(routeKey(route))?.shift();
		changes.push(previous === undefined ? routeChange('added', route) : changedRoute(previous, route));
	}
	const removed = [...gone.values()].flat().map((route) => routeChange('removed', route));
	return [...removed, ...changes];
}

export function routeChange(action: RouteChange['action'], route: Route): RouteChange {
	return {type: 'route', action, family: route.family, route};
}

function changedRoute(before: Route, after: Route): RouteChange {
	return {...routeChange('changed', after), differences: describeDifferences(routeFacts(before), routeFacts(after))};
}

/** What the kernel tells routes apart by: destination, TOS and metric (fib_table_insert, net/ipv4/fib_trie.c). */
function routeKey({family, dst, from, tos, metric}: Route): string {
	return [family, dst, from ?? '', tos ?? '', metric ?? 0].join(' ');
}

function push(map: Map<string, Route[]>, key: string, route: Route): void {
	const list = map.get(key);
	if (list === undefined) map.set(key, [route]);
	else list.push(route);
}
