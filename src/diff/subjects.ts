import type {Subject} from '../model/hook.js';
import type {TrackedLink} from '../model/interface-table.js';
import type {Address} from '../model/link.js';
import type {Delta, LinkDelta, Picture, RouteSplice} from '../model/picture.js';
import {type Route, routeKey} from '../model/route.js';
import {devicesOf} from './causes.js';

/** Everything that is there, by key, updated by deltas. */
export class Subjects {
	readonly #byKey = new Map<string, Subject>();

	get(key: string): Subject | undefined {
		return this.#byKey.get(key);
	}

	get all(): ReadonlyMap<string, Subject> {
		return this.#byKey;
	}

	/** Takes in the delta that led to this picture. Returns the keys of what may have changed, in the order of causes, each once. */
	take(picture: Picture, {links, routes}: Delta): readonly string[] {
		const touched = new Set<string>();
		for (const delta of links) this.#takeLink(delta, touched);
		for (const [family, splice] of routes) this.#takeRoutes(splice, picture.routes.get(family) ?? [], touched);
		return [...touched];
	}

	#takeLink({before, after}: LinkDelta, touched: Set<string>): void {
		const old = before === undefined ? new Map<string, Subject>() : subjectsOf(before);
		const fresh = after === undefined ? new Map<string, Subject>() : subjectsOf(after);
		// The interface comes first, then removed addresses, then present ones.
		const went = [...old.keys()].filter((key) => !fresh.has(key));
		const [own = '', ...others] = fresh.keys();
		for (const key of fresh.size === 0 ? went : [own, ...went, ...others]) this.#put(key, fresh.get(key), touched);
	}

	#takeRoutes({removed, added}: RouteSplice, list: readonly Route[], touched: Set<string>): void {
		const shared = new Set<string>();
		for (const route of removed) {
			const key = keyOfRoute(route);
			const routes = this.#routesAt(key);
			if (routes.length > 1) shared.add(key);
			this.#put(key, routeSubject(routes.slice(1)), touched);
		}
		for (const route of added) {
			const key = keyOfRoute(route);
			const routes = this.#routesAt(key);
			if (routes.length > 0) shared.add(key);
			this.#put(key, routeSubject([...routes, route]), touched);
		}
		if (shared.size > 0) this.#putInOrder(shared, list, touched);
	}

	/** The kernel uses the first of several routes with one key, and a new route may stand before the others. */
	#putInOrder(keys: ReadonlySet<string>, list: readonly Route[], touched: Set<string>): void {
		const byKey = new Map<string, Route[]>([...keys].map((key) => [key, []]));
		for (const route of list) byKey.get(keyOfRoute(route))?.push(route);
		for (const [key, routes] of byKey) this.#put(key, routeSubject(routes), touched);
	}

	#routesAt(key: string): readonly Route[] {
		const subject = this.#byKey.get(key);
		return subject?.kind === 'route' ? subject.routes : [];
	}

	#put(key: string, subject: Subject | undefined, touched: Set<string>): void {
		if (subject === undefined) this.#byKey.delete(key);
		else this.#byKey.set(key, subject);
		touched.add(key);
	}
}

function routeSubject([first, ...others]: readonly Route[]): Subject | undefined {
	return first === undefined ? undefined : {kind: 'route', routes: [first, ...others]};
}

/** The kernel makes a route for the network of each interface. Those of two interfaces are two subjects, even if they share a key. */
function keyOfRoute(route: Route): string {
	const devices = route.protocol === 'kernel' ? ` ${devicesOf(route).join('/')}` : '';
	return `route ${routeKey(route)}${devices}`;
}

/** The interface, then its usable addresses. */
function subjectsOf({link, incarnation}: TrackedLink): ReadonlyMap<string, Subject> {
	const {ifindex, ifname} = link;
	const subjects = new Map<string, Subject>([[`interface ${ifindex}`, {kind: 'interface', incarnation, link}]]);
	for (const address of link.addr_info) {
		if (!isUsable(address)) continue;
		const {family, local, prefixlen, address: peer = ''} = address;
		subjects.set(`address ${ifindex} ${family} ${local}/${prefixlen} ${peer}`, {kind: 'address', incarnation, ifindex, ifname, address});
	}
	return subjects;
}

/** For hooks and `netmon wait`, an IPv6 address counts once duplicate address detection has ended well (RFC 4862, 5.4). */
export function isUsable({tentative, dadfailed}: Address): boolean {
	return tentative !== true && dadfailed !== true;
}
