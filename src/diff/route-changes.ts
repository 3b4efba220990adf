import type {RouteChange} from '../model/change.js';
import type {Route} from '../model/route.js';
import {commonEnds} from './common-ends.js';
import {describeDifferences, routeFacts} from './describe.js';

/** Every route that came, went or changed. Routes that are the same object in both lists cost next to nothing. */
export function diffRoutes(before: readonly Route[], after: readonly Route[]): RouteChange[] {
	if (before === after) return [];
	const {head, tail} = commonEnds(before, after);
	return diffMiddle(before.slice(head, before.length - tail), after.slice(head, after.length - tail));
}

function diffMiddle(before: readonly Route[], after: readonly Route[]): RouteChange[] {
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
	return {
		...routeChange('changed', after),
		// Worked out when it is read, as for interfaces.
		get differences() {
			return describeDifferences(routeFacts(before), routeFacts(after));
		},
	};
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
