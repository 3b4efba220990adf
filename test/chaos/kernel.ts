import type {Address, Family, Link} from '../../src/model/link.js';
import type {Route} from '../../src/model/route.js';
import type {MonitorEvent} from '../../src/probe/monitor/monitor-line.js';

/** A link in the simulated kernel. */
export interface KernelLink {
	/** Never reused: distinguishes links with the same index, name and address. */
	readonly uid: number;
	readonly ifindex: number;
	readonly kind: string;
	readonly loopback: boolean;
	ifname: string;
	hwaddr: string;
	mtu: number;
	up: boolean;
	carrier: boolean;
	addresses: Address[];
	master: KernelLink | undefined;
}

export interface KernelHop {
	readonly ifindex: number;
	readonly gateway?: string;
	readonly weight: number;
}

export interface KernelRoute {
	readonly family: Family;
	readonly table: string;
	readonly type: string;
	readonly dst: string;
	readonly protocol: string;
	readonly metric?: number;
	readonly prefsrc?: string;
	/** None: a blackhole. Several: multipath. */
	readonly hops: readonly KernelHop[];
}

export type NewLink = Pick<KernelLink, 'kind' | 'ifname' | 'hwaddr'> & {readonly ifindex?: number};

/**
 * Links, addresses and routes of one namespace, and the events of their changes, with the kernel's habits (docs/reliability.md, stories 1
 * to 5).
 */
export class Kernel {
	readonly links = new Map<number, KernelLink>();
	routes: KernelRoute[] = [];
	/** Called with each link that has changed or gone. */
	onLink: (link: KernelLink) => void = () => undefined;
	#listeners = new Set<(event: MonitorEvent) => void>();
	#uids = 0;
	#highest = 1;

	constructor() {
		this.#uids += 1;
		this.links.set(1, {
			uid: this.#uids,
			ifindex: 1,
			kind: 'device',
			loopback: true,
			ifname: 'lo',
			hwaddr: '',
			mtu: 65_536,
			up: true,
			carrier: true,
			addresses: [{family: 'inet', local: '127.0.0.1', prefixlen: 8, scope: 'host'}],
			master: undefined,
		});
	}

	subscribe(listener: (event: MonitorEvent) => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	named(ifname: string): KernelLink | undefined {
		for (const link of this.links.values()) if (link.ifname === ifname) return link;
		return undefined;
	}

	add({kind, ifname, hwaddr, ifindex}: NewLink): KernelLink {
		this.#uids += 1;
		const index = ifindex !== undefined && !this.links.has(ifindex) ? ifindex : this.#highest + 1;
		this.#highest = Math.max(this.#highest, index);
		const link: KernelLink = {
			uid: this.#uids,
			ifindex: index,
			kind,
			loopback: false,
			ifname,
			hwaddr,
			mtu: 1500,
			up: false,
			carrier: true,
			addresses: [],
			master: undefined,
		};
		this.links.set(index, link);
		this.#changed(link);
		return link;
	}

	delete(link: KernelLink): void {
		for (const address of link.addresses) this.#emitAddress(link, address, true);
		this.#dropRoutes(link, () => true);
		if (link.up) this.#emitLink(link, false);
		for (const port of this.links.values()) if (port.master === link) this.#release(port);
		this.links.delete(link.ifindex);
		this.#emitLink(link, true);
		this.onLink(link);
	}

	setUp(link: KernelLink, up: boolean): void {
		link.up = up;
		this.#changed(link);
		if (up) {
			for (const address of link.addresses) this.#addConnected(link, address);
			if (link.hwaddr !== '') this.addAddress(link, linkLocal(link));
			return;
		}
		// IPv4 routes go without an event, IPv6 addresses and routes with one.
		for (const address of link.addresses.filter(({family}) => family === 'inet6')) this.deleteAddress(link, address);
		this.#dropRoutes(link, () => true);
		this.onLink(link);
	}

	/** Changes carrier, MTU, hardware address or name. */
	change(link: KernelLink, change: Partial<Pick<KernelLink, 'carrier' | 'mtu' | 'hwaddr' | 'ifname'>>): void {
		Object.assign(link, change);
		this.#changed(link);
	}

	addAddress(link: KernelLink, address: Address): void {
		if (link.addresses.some(({local}) => local === address.local)) return;
		link.addresses = [...link.addresses, address];
		this.onLink(link);
		this.#emitAddress(link, address, false);
		if (link.up) this.#addConnected(link, address);
	}

	deleteAddress(link: KernelLink, address: Address): void {
		link.addresses = link.addresses.filter((other) => other !== address);
		this.onLink(link);
		this.#emitAddress(link, address, true);
		const {family, local} = address;
		const last = family === 'inet' && !link.addresses.some((other) => other.family === 'inet');
		this.#dropRoutes(link, (route) => route.family === family && (last || route.prefsrc === local));
	}

	enslave(link: KernelLink, master: KernelLink): void {
		link.master = master;
		this.#changed(link);
	}

	release(link: KernelLink): void {
		this.#release(link);
	}

	/** An event without a change. */
	repeat(link: KernelLink): void {
		const address = link.addresses[0];
		if (address === undefined) this.#emitLink(link, false);
		else this.#emitAddress(link, address, false);
	}

	/** Replaces the one with the same destination and metric, if there is one. */
	setRoute(route: KernelRoute): void {
		const at = this.routes.findIndex((other) => isSameKey(other, route));
		this.routes = at < 0 ? [...this.routes, route] : this.routes.with(at, route);
		this.#emitRoute(route, false);
	}

	deleteRoute(route: KernelRoute): void {
		this.routes = this.routes.filter((other) => other !== route);
		this.#emitRoute(route, true);
	}

	#changed(link: KernelLink): void {
		this.onLink(link);
		this.#emitLink(link, false);
	}

	#release(link: KernelLink): void {
		link.master = undefined;
		this.onLink(link);
		this.#emit({kind: 'link', deleted: true, ifindex: link.ifindex, name: link.ifname, bridgePort: true});
		this.#emitLink(link, false);
	}

	#addConnected(link: KernelLink, address: Address): void {
		const dst =
			address.family === 'inet'
				? address.local.replace(/\.\d+$/, '.0/24')
				: `${address.local.slice(0, address.local.lastIndexOf('::'))}::/64`;
		const metric = address.family === 'inet' ? link.ifindex : 256 + link.ifindex;
		const hops = [{ifindex: link.ifindex, weight: 1}];
		this.setRoute({family: address.family, table: 'main', type: 'unicast', dst, protocol: 'kernel', metric, prefsrc: address.local, hops});
	}

	#dropRoutes(link: KernelLink, goes: (route: KernelRoute) => boolean): void {
		const kept: KernelRoute[] = [];
		const gone: KernelRoute[] = [];
		for (const route of this.routes) {
			const others = route.hops.filter(({ifindex}) => ifindex !== link.ifindex);
			if (others.length === route.hops.length || !goes(route)) kept.push(route);
			else if (others.length > 0) kept.push({...route, hops: others});
			else gone.push(route);
		}
		this.routes = kept;
		for (const route of gone) if (route.family === 'inet6') this.#emitRoute(route, true);
	}

	#emitLink({ifindex, ifname}: KernelLink, deleted: boolean): void {
		this.#emit({kind: 'link', deleted, ifindex, name: ifname});
	}

	#emitAddress({ifindex, ifname}: KernelLink, _address: Address, deleted: boolean): void {
		this.#emit({kind: 'address', deleted, ifindex, name: ifname});
	}

	#emitRoute({table}: KernelRoute, deleted: boolean): void {
		this.#emit(table === 'main' ? {kind: 'route', deleted} : {kind: 'route', deleted, table});
	}

	#emit(event: MonitorEvent): void {
		for (const listener of this.#listeners) listener(event);
	}
}

/** A route's key in the kernel. `ip route append` and the like are left out. */
function isSameKey(a: KernelRoute, b: KernelRoute): boolean {
	return a.table === b.table && a.family === b.family && a.dst === b.dst && (a.metric ?? 0) === (b.metric ?? 0);
}

function linkLocal({uid}: KernelLink): Address {
	return {family: 'inet6', local: `fe80::${uid.toString(16)}`, prefixlen: 64, scope: 'link'};
}

/** The output of `ip -j -d addr show` for it, without the addresses. */
export function linkShown(link: KernelLink, masterName: string | undefined): Link {
	const {ifindex, ifname, mtu, hwaddr, kind, up, carrier, loopback} = link;
	const flags = [loopback ? 'LOOPBACK' : 'BROADCAST', ...(up ? ['UP'] : []), ...(up && !carrier ? ['NO-CARRIER'] : [])];
	const master = masterName === undefined ? {} : {master: masterName};
	return {
		ifindex,
		ifname,
		flags,
		mtu,
		operstate: up && carrier ? 'UP' : 'DOWN',
		address: hwaddr,
		link_type: 'ether',
		link_kind: kind,
		altnames: [],
		...master,
		addr_info: [],
	};
}

/** The output of `ip -j -d route show table main` for it, with the names that `ip` has cached. */
export function routeShown(route: KernelRoute, nameOf: (ifindex: number) => string): Route {
	const {family, type, dst, protocol, metric, prefsrc, hops} = route;
	const facts = {
		family,
		type,
		dst,
		protocol,
		scope: 'global',
		table: 'main',
		flags: [],
		...(metric === undefined ? {} : {metric}),
		...(prefsrc === undefined ? {} : {prefsrc}),
	};
	const named = hops.map(({ifindex, gateway, weight}) => ({
		dev: nameOf(ifindex),
		weight,
		flags: [],
		...(gateway === undefined ? {} : {gateway}),
	}));
	const [only, ...others] = named;
	if (only === undefined) return facts;
	if (others.length > 0) return {...facts, nexthops: named};
	return {...facts, dev: only.dev, ...(only.gateway === undefined ? {} : {gateway: only.gateway})};
}
