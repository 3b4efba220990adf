import type {Address, Link} from '../model/link.js';
import type {Route} from '../model/route.js';
import {networkKey} from '../text/ip-prefix.js';
import type {Draft} from './draft.js';

/** Something that happened to an interface and removes its routes. */
interface DeviceCause {
	readonly draft: Draft;
	readonly what: 'removed' | 'down' | 'no carrier';
	/** A number that grows with each note, for the order of events. */
	readonly serial: number;
}

/**
 * Events since the last read of the routes that may have removed routes. IPv4 routes vanish without an event when their interface goes
 * down or is deleted, or with the last address (fib_disable_ip, fib_sync_down_addr, net/ipv4/fib_frontend.c).
 */
export class Causes {
	#serial = 0;
	readonly #devices = new Map<string, DeviceCause>();
	/** Removed addresses: by address, by network and device (IPv6), and by family and device for the last one. */
	readonly #addresses = new Map<string, Draft>();
	/** By device: a removed IPv4 address, if all addresses of the device were replaced by others. */
	readonly #replaced = new Map<string, Draft>();
	/** Destinations of routes whose deletion the monitor has reported. */
	readonly #deleted = new Set<string>();
	/** New names by old names. */
	readonly #renames = new Map<string, {readonly draft: Draft; readonly ifname: string}>();

	interfaceRemoved(draft: Draft, {ifname}: Link): void {
		this.#device(ifname, draft, 'removed');
	}

	/** Notes the parts of a change that concern routes. */
	interfaceChanged(draft: Draft, before: Link, after: Link): void {
		const lost = (flag: string) => before.flags.includes(flag) && !after.flags.includes(flag);
		if (before.ifname !== after.ifname) keep(this.#renames, before.ifname, {draft, ifname: after.ifname});
		if (lost('UP')) for (const name of new Set([before.ifname, after.ifname])) this.#device(name, draft, 'down');
		else if (lost('LOWER_UP')) this.#device(after.ifname, draft, 'no carrier');
		else if (after.flags.includes('LOWER_UP')) this.#devices.delete(after.ifname);
	}

	interfaceAdded({ifname}: Link): void {
		this.#devices.delete(ifname);
	}

	/** @param left what is left of the addresses that the interface had in this family */
	addressRemoved(draft: Draft, dev: string, address: Address, left: 'nothing' | 'only others' | 'some'): void {
		const {family, local, prefixlen} = address;
		keep(this.#addresses, local, draft);
		if (family === 'inet6') keep(this.#addresses, `${dev} ${networkKey(address.address ?? local, prefixlen)}`, draft);
		if (left === 'nothing') keep(this.#addresses, `${dev} ${family}`, draft);
		if (left === 'only others' && family === 'inet') keep(this.#replaced, dev, draft);
	}

	/** The monitor reports that somebody has deleted a route. It does not report a route that goes by itself. */
	routeDeleted(dst: string): void {
		if (this.#deleted.size < mostKept) this.#deleted.add(dst);
	}

	addressAdded({local}: Address): void {
		this.#addresses.delete(local);
	}

	/** The routes have been read: later removals have other causes. */
	clear(): void {
		this.#devices.clear();
		this.#renames.clear();
		this.#addresses.clear();
		this.#replaced.clear();
		this.#deleted.clear();
	}

	/** The current name of a device. */
	currentName(dev: string): string {
		return this.#renames.get(dev)?.ifname ?? dev;
	}

	/** Why this route went. The address comes before the interface, because an address goes with its interface. */
	ofRemoved(route: Route): Draft | undefined {
		if (this.#addresses.size === 0 && this.#devices.size === 0) return undefined;
		return this.#addressOf(route) ?? this.#deviceCause(route)?.draft ?? this.#lastAddressOf(route) ?? this.#replacedOf(route);
	}

	/** Why this route changed: its interface was renamed, went down or lost its carrier. */
	ofChanged(before: Route, after: Route): Draft | undefined {
		for (const dev of devicesOf(before)) {
			const rename = this.#renames.get(dev);
			if (rename !== undefined && devicesOf(after).includes(rename.ifname)) return rename.draft;
		}
		return countUnusable(after) > countUnusable(before) ? this.#latest(devicesOf(after))?.draft : undefined;
	}

	#device(name: string, draft: Draft, what: DeviceCause['what']): void {
		keep(this.#devices, name, {draft, what, serial: this.#next()});
	}

	#deviceCause(route: Route): DeviceCause | undefined {
		const cause = this.#latest(devicesOf(route));
		// A route stays without carrier, unless it uses a nexthop object (nexthop_event_handler, net/ipv4/nexthop.c).
		return cause?.what === 'no carrier' && route.nhid === undefined ? undefined : cause;
	}

	#latest(devices: readonly string[]): DeviceCause | undefined {
		const causes = devices.flatMap((dev) => this.#devices.get(dev) ?? []);
		return causes.toSorted((a, b) => a.serial - b.serial).at(-1);
	}

	/**
	 * The removed address that was the route's source, or whose network the kernel made the route for. An IPv4 route of the kernel has its
	 * address as its source (fib_add_ifaddr, net/ipv4/fib_frontend.c), so it does not go with another address of the network.
	 */
	#addressOf({prefsrc, protocol, dev, dst}: Route): Draft | undefined {
		const source = prefsrc === undefined ? undefined : this.#addresses.get(prefsrc);
		if (source !== undefined || protocol !== 'kernel' || dev === undefined) return source;
		const [network = '', length = '128'] = dst.split('/');
		return this.#addresses.get(`${dev} ${networkKey(network, Number(length))}`);
	}

	#lastAddressOf(route: Route): Draft | undefined {
		const causes = devicesOf(route).flatMap((dev) => this.#addresses.get(`${dev} ${route.family}`) ?? []);
		return causes.at(-1);
	}

	/**
	 * There was a moment without any address if all of them were removed before others came. Then the kernel has removed each route of the
	 * device, without an event. If others came first, the route was deleted by somebody, and the monitor says so.
	 */
	#replacedOf(route: Route): Draft | undefined {
		if (route.family !== 'inet' || route.nhid !== undefined || this.#deleted.has(route.dst)) return undefined;
		return devicesOf(route)
			.flatMap((dev) => this.#replaced.get(dev) ?? [])
			.at(-1);
	}

	#next(): number {
		this.#serial += 1;
		return this.#serial;
	}
}

/** If no routes are ever read, nothing clears the causes: keep only the latest. */
const mostKept = 10_000;

function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
	map.delete(key);
	map.set(key, value);
	if (map.size <= mostKept) return;
	const [oldest] = map.keys();
	if (oldest !== undefined) map.delete(oldest);
}

/** Every device that a route uses. */
export function devicesOf({dev, nexthops = []}: Route): string[] {
	return [dev, ...nexthops.map((hop) => hop.dev)].filter((name) => name !== undefined);
}

function countUnusable({flags, nexthops = []}: Route): number {
	return [flags, ...nexthops.map((hop) => hop.flags)].flat().filter((flag) => flag === 'dead' || flag === 'linkdown').length;
}
