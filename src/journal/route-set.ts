import type {Difference} from '../model/event.js';
import {type Route, routeKey} from '../model/route.js';

/** Routes without an order, because events do not report one. */
export class RouteSet {
	/** Several routes may have one key (`ip route append`). */
	readonly #byKey = new Map<string, Route[]>();

	get list(): Route[] {
		return [...this.#byKey.values()].flat();
	}

	clear(): void {
		this.#byKey.clear();
	}

	add(route: Route): void {
		const key = routeKey(route);
		const list = this.#byKey.get(key);
		if (list === undefined) this.#byKey.set(key, [route]);
		else list.push(route);
	}

	remove(route: Route): void {
		this.#remove(routeKey(route), canonical(route));
	}

	change(after: Route, changes: readonly Difference[]): void {
		this.#remove(routeKey(after), canonical(before(after, changes)));
		this.add(after);
	}

	#remove(key: string, text: string): void {
		const list = this.#byKey.get(key);
		if (list === undefined) return;
		const exact = list.findIndex((known) => canonical(known) === text);
		if (exact >= 0) list.splice(exact, 1);
		if (list.length === 0) this.#byKey.delete(key);
	}
}

/** The same text for equal records, regardless of the order of their keys and flags. */
function canonical(record: object): string {
	const entries = Object.entries(record).map(([key, value]) => [key, key === 'flags' && Array.isArray(value) ? value.toSorted() : value]);
	return JSON.stringify(Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1))));
}

/** The record before its changes. */
function before(after: Route, changes: readonly Difference[]): object {
	const record = new Map<string, unknown>(Object.entries(after));
	for (const change of changes) {
		if ('added' in change) record.set('flags', [...after.flags.filter((flag) => !change.added.includes(flag)), ...change.removed]);
		else if (Object.hasOwn(change, 'before')) record.set(change.field, change.before);
		else record.delete(change.field);
	}
	return Object.fromEntries(record);
}
