import type {TrackedLink} from '../model/interface-table.js';
import type {Address, Link} from '../model/link.js';
import type {Delta, LinkDelta, RouteSplice} from '../model/picture.js';
import type {Route} from '../model/route.js';
import {routeKey} from './route-events.js';

/** Something that a hook is told about: an interface, an address of it, or a route, as it is now. */
export type Subject =
	| {readonly kind: 'interface'; readonly incarnation: number; readonly link: Link}
	| {readonly kind: 'address'; readonly incarnation: number; readonly ifindex: number; readonly ifname: string; readonly address: Address}
	/** Several routes may share a key (`ip route append`): the first is the one that the kernel uses. */
	| {readonly kind: 'route'; readonly routes: readonly [Route, ...Route[]]};

/** Everything that is there, by key; kept up to date by deltas. */
export class Subjects {
	readonly #byKey = new Map<string, Subject>();

	get(key: string): Subject | undefined {
		return this.#byKey.get(key);
	}

	entries(): Iterable<[string, Subject]> {
		return this.#byKey;
	}

	/** Takes a delta in. Returns the keys of what it may have changed, in the order of causes, each once. */
	take({links, routes}: Delta): readonly string[] {
		const touched = new Set<string>();
		for (const delta of links) this.#takeLink(delta, touched);
		for (const splice of routes.values()) this.#takeRoutes(splice, touched);
		return [...touched];
	}

	#takeLink({before, after}: LinkDelta, touched: Set<string>): void {
		const old = before === undefined ? new Map<string, Subject>() : subjectsOf(before);
		const fresh = after === undefined ? new Map<string, Subject>() : subjectsOf(after);
		// What went, then what is there: the interface of each first, then its addresses.
		for (const key of old.keys()) if (!fresh.has(key)) this.#put(key, undefined, touched);
		for (const [key, subject] of fresh) this.#put(key, subject, touched);
	}

	#takeRoutes({removed, added}: RouteSplice, touched: Set<string>): void {
		for (const route of removed) {
			const key = keyOfRoute(route);
			const left = this.#routesAt(key).toSpliced(this.#indexOf(key, route), 1);
			this.#put(key, routeSubject(left), touched);
		}
		for (const route of added) {
			const key = keyOfRoute(route);
			this.#put(key, routeSubject([...this.#routesAt(key), route]), touched);
		}
	}

	#routesAt(key: string): readonly Route[] {
		const subject = this.#byKey.get(key);
		return subject?.kind === 'route' ? subject.routes : [];
	}

	#indexOf(key: string, route: Route): number {
		const routes = this.#routesAt(key);
		// Read again, an equal route may be another object.
		return Math.max(routes.indexOf(route), 0);
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

function keyOfRoute(route: Route): string {
	return `route ${routeKey(route)}`;
}

/** The interface, then the addresses that can be used. */
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

/** An IPv6 address is there for hooks and `netmon wait` once no other host can have it (RFC 4862, 5.4). */
export function isUsable({tentative, dadfailed}: Address): boolean {
	return tentative !== true && dadfailed !== true;
}
