import {Fields, type JsonObject} from '../../json/fields.js';
import type {Family} from '../../model/link.js';
import type {NextHop, Route} from '../../model/route.js';
import {parseIpJson} from './ip-json.js';
import {nextHopOf} from './route.js';

/** A nexthop object from one entry of `ip -j -d nexthop show`: one next hop, or members with weights. */
type Nexthop = {readonly hop: NextHop} | {readonly group: readonly {readonly id: number; readonly weight: number}[]};

type Nexthops = ReadonlyMap<number, Nexthop>;

/** With nexthop_compat_mode=0, the kernel reports only the number of a route's nexthop object. */
export function lacksNextHops({nhid, type, dev, gateway, via, nexthops}: Route): boolean {
	return (
		nhid !== undefined && type === 'unicast' && dev === undefined && gateway === undefined && via === undefined && nexthops === undefined
	);
}

/** Throws a ShapeError that names the place. */
function parseNexthops(bytes: Buffer, question: string): Nexthops {
	return new Map(parseIpJson(bytes.toString('latin1'), question).map((entry) => nexthopOf(entry, question)));
}

function nexthopOf(entry: JsonObject, question: string): [number, Nexthop] {
	const place = `${question}: nexthop ${JSON.stringify(entry['id'] ?? '?')}`;
	const fields = new Fields(entry, place);
	const id = fields.integer('id');
	const members = fields.objects('group').map((item) => {
		const member = new Fields(item, place);
		return {id: member.integer('id'), weight: member.optionalInteger('weight') ?? 1};
	});
	return [id, members.length > 0 ? {group: members} : {hop: nextHopOf(entry, place)}];
}

/** The route with the next hops of its nexthop object; undefined if there is no such object. */
function withNextHops(route: Route, nexthops: Nexthops): Route | undefined {
	const object = route.nhid === undefined ? undefined : nexthops.get(route.nhid);
	if (object === undefined) return undefined;
	if ('hop' in object) {
		const {weight: _, ...hop} = inFamily(object.hop, route.family);
		return {...route, ...hop, flags: [...route.flags, ...hop.flags]};
	}
	const hops: NextHop[] = [];
	for (const {id, weight} of object.group) {
		const member = nexthops.get(id);
		if (member !== undefined && 'hop' in member) hops.push({...inFamily(member.hop, route.family), weight});
	}
	return hops.length === 0 ? undefined : {...route, nexthops: hops};
}

/** An IPv4 route may use an IPv6 gateway. `ip` prints it as `via` in a route and as `gateway` in a nexthop object. */
function inFamily({gateway, ...hop}: NextHop, family: Family): NextHop {
	if (gateway === undefined) return hop;
	if (family === 'inet' && gateway.includes(':')) return {...hop, via: {family: 'inet6', host: gateway}};
	return {...hop, gateway};
}

/** Adds next hops to routes. A route that has not changed since the last call stays the same object. */
export class NexthopResolver {
	#bytes = Buffer.alloc(0);
	#nexthops: Nexthops = new Map();
	#resolved = new WeakMap<Route, Route>();
	#last: {readonly routes: readonly Route[]; readonly resolved: readonly Route[]; readonly complete: boolean} | undefined;

	/** @param complete false if an object is missing: it was added or deleted after the routes were read */
	resolve(routes: readonly Route[], bytes: Buffer, question: string): {entries: readonly Route[]; complete: boolean} {
		if (!bytes.equals(this.#bytes)) {
			this.#nexthops = parseNexthops(bytes, question);
			this.#bytes = Buffer.from(bytes);
			this.#resolved = new WeakMap();
			this.#last = undefined;
		}
		if (this.#last?.routes !== routes) this.#last = this.#resolveAll(routes);
		return {entries: this.#last.resolved, complete: this.#last.complete};
	}

	#resolveAll(routes: readonly Route[]) {
		let complete = true;
		const resolved = routes.flatMap((route) => {
			if (!lacksNextHops(route)) return route;
			const known = this.#resolved.get(route) ?? withNextHops(route, this.#nexthops);
			if (known !== undefined) this.#resolved.set(route, known);
			else complete = false;
			return known ?? [];
		});
		return {routes, resolved, complete};
	}
}
