import type {Address} from '../../src/model/link.js';
import type {Kernel, KernelHop, KernelLink, KernelRoute} from './kernel.js';
import type {Random} from './random.js';

/** What the generator may use. */
export interface Variety {
	/** Whether several links may have the same hardware address. */
	readonly sharedAddresses: boolean;
}

const names = ['eth0', 'eth1', 'net0', 'v0', 'v1', 'odd"name', 'hash#name', 'a@if3', 'if3'];
const runtimesOwnNames = ['tap0_kata', 'brkata'];
const kinds = ['veth', 'veth', 'veth', 'tap', 'bridge', 'macvlan'];
const destinations = ['default', '10.9.0.0/16', '10.8.0.0/16', '192.0.2.7', '172.16.0.0/12', '10.1.1.0/24', '10.1.0.1'];
const destinations6 = ['default', '2001:db8:9::/48', '2001:db8::7', '2001:db8:1::/64'];
const gateways = ['10.1.0.1', '10.1.1.1', '10.1.2.1', '10.1.3.1', '169.254.1.1'];
const gateways6 = ['2001:db8::1', '2001:db8:1::1', 'fe80::1'];
const sources = ['10.1.1.2', '10.1.2.2', '10.99.0.1'];

/** Makes random changes in the namespace. */
export class Happenings {
	readonly #kernel: Kernel;
	readonly #rng: Random;
	readonly #variety: Variety;
	/** Links that are in another namespace now. */
	readonly #away: KernelLink[] = [];
	#macs = 0;
	/** Number of changes of routes. */
	routeChanges = 0;

	constructor(kernel: Kernel, rng: Random, variety: Variety) {
		this.#kernel = kernel;
		this.#rng = rng;
		this.#variety = variety;
	}

	/** Returns what happened; undefined if it was not possible. */
	next(): string | undefined {
		const roll = this.#rng.next();
		if (roll < 0.12) return this.#addLink();
		if (roll < 0.2) return this.#deleteLink();
		if (roll < 0.26) return this.#recreate();
		if (roll < 0.38) return this.#upOrDown();
		if (roll < 0.44) return this.#carrier();
		if (roll < 0.56) return this.#addAddress();
		if (roll < 0.62) return this.#deleteAddress();
		if (roll < 0.69) return this.#rename();
		if (roll < 0.71) return this.#swapNames();
		if (roll < 0.74) return this.#hardwareAddress();
		if (roll < 0.76) return this.#masters();
		if (roll < 0.8) return this.#otherNamespace();
		if (roll < 0.91) return this.#setRoute();
		if (roll < 0.95) return this.#deleteRoute();
		return this.harmless();
	}

	/** Changes no interface's announcement. */
	harmless(): string | undefined {
		const link = this.#someLink();
		if (link === undefined) return undefined;
		if (this.#rng.chance(0.5)) {
			this.#kernel.repeat(link);
			return `an event of ${shown(link)} that tells nothing`;
		}
		this.#kernel.change(link, {mtu: this.#rng.whole(13, 15) * 100});
		return `${shown(link)} mtu ${link.mtu}`;
	}

	#addLink(): string | undefined {
		const ifname = this.#freeName();
		const kind = this.#rng.pick(kinds);
		if (ifname === undefined || kind === undefined) return undefined;
		// The kernel reuses an index only on request.
		const ifindex = this.#rng.chance(0.3) ? this.#rng.whole(2, 9) : undefined;
		const link = this.#kernel.add({kind, ifname, hwaddr: this.#freeHwaddr(), ...(ifindex === undefined ? {} : {ifindex})});
		const ready = this.#rng.chance(0.5) ? this.#ready(link) : '';
		return `add ${shown(link)}${ready}`;
	}

	#ready(link: KernelLink): string {
		const address = this.#freeAddress();
		if (address !== undefined && this.#rng.chance(0.7)) this.#kernel.addAddress(link, address);
		this.#kernel.setUp(link, true);
		return `, up, ${link.addresses.map(({local}) => local)}`;
	}

	#deleteLink(): string | undefined {
		const link = this.#someLink();
		if (link === undefined) return undefined;
		this.#kernel.delete(link);
		return `delete ${shown(link)}`;
	}

	/** Deletes a link and makes it again at once, with any combination of the same index, name, kind or hardware address. */
	#recreate(): string | undefined {
		const link = this.#someLink();
		const otherName = this.#freeName();
		if (link === undefined || otherName === undefined) return undefined;
		this.#kernel.delete(link);
		const made = this.#kernel.add({
			kind: this.#rng.chance(0.8) ? link.kind : this.#rng.oneOf('veth', 'tap'),
			ifname: this.#rng.chance(0.6) ? link.ifname : otherName,
			hwaddr: this.#rng.chance(0.3) ? link.hwaddr : this.#freeHwaddr(),
			...(this.#rng.chance(0.6) ? {ifindex: link.ifindex} : {}),
		});
		const ready = this.#rng.chance(0.7) ? this.#ready(made) : '';
		return `delete ${shown(link)} and make ${shown(made)}${ready}`;
	}

	#upOrDown(): string | undefined {
		const link = this.#someLink();
		if (link === undefined) return undefined;
		const up = link.up ? this.#rng.chance(0.3) : this.#rng.chance(0.9);
		this.#kernel.setUp(link, up);
		return `${shown(link)} ${up ? 'up' : 'down'}`;
	}

	#carrier(): string | undefined {
		const link = this.#someLink();
		if (link === undefined) return undefined;
		this.#kernel.change(link, {carrier: link.carrier ? this.#rng.chance(0.3) : true});
		return `${shown(link)} carrier ${link.carrier}`;
	}

	#addAddress(): string | undefined {
		const link = this.#someLink();
		const address = this.#freeAddress();
		if (link === undefined || address === undefined) return undefined;
		this.#kernel.addAddress(link, address);
		return `${shown(link)} + ${address.local}`;
	}

	#deleteAddress(): string | undefined {
		const link = this.#someLink();
		const address = this.#rng.pick(link?.addresses ?? []);
		if (link === undefined || address === undefined) return undefined;
		this.#kernel.deleteAddress(link, address);
		return `${shown(link)} - ${address.local}`;
	}

	#rename(): string | undefined {
		const link = this.#someLink();
		const name = this.#freeName();
		if (link === undefined || name === undefined) return undefined;
		const before = shown(link);
		this.#kernel.change(link, {ifname: name});
		return `rename ${before} to ${name}`;
	}

	#swapNames(): string | undefined {
		const link = this.#someLink();
		const other = this.#someLink();
		if (link === undefined || other === undefined || link === other) return undefined;
		const [before, name, otherName] = [`${shown(link)} and ${shown(other)}`, link.ifname, other.ifname];
		this.#kernel.change(link, {ifname: 'swapping'});
		this.#kernel.change(other, {ifname: name});
		this.#kernel.change(link, {ifname: otherName});
		return `swap the names of ${before}`;
	}

	#hardwareAddress(): string | undefined {
		const link = this.#someLink();
		if (link === undefined || link.hwaddr === '') return undefined;
		const before = shown(link);
		this.#kernel.change(link, {hwaddr: this.#freeHwaddr()});
		return `${before} gets ${link.hwaddr}`;
	}

	#masters(): string | undefined {
		const link = this.#someLink();
		if (link === undefined) return undefined;
		if (link.master !== undefined) {
			this.#kernel.release(link);
			return `${shown(link)} leaves its bridge`;
		}
		const bridge = this.#rng.pick([...this.#kernel.links.values()].filter(({kind}) => kind === 'bridge'));
		if (bridge === undefined || bridge === link) return undefined;
		this.#kernel.enslave(link, bridge);
		return `${shown(link)} joins ${shown(bridge)}`;
	}

	#otherNamespace(): string | undefined {
		const back = this.#away.pop();
		if (back !== undefined) {
			const ifname = this.#kernel.named(back.ifname) === undefined ? back.ifname : this.#freeName();
			if (ifname === undefined) return undefined;
			const {kind, hwaddr} = back;
			const link = this.#kernel.add({kind, hwaddr, ifname, ...(this.#rng.chance(0.6) ? {ifindex: back.ifindex} : {})});
			return `${shown(link)} comes back`;
		}
		const link = this.#someLink();
		if (link === undefined) return undefined;
		this.#kernel.delete(link);
		this.#away.push(link);
		return `${shown(link)} moves to another namespace`;
	}

	#setRoute(): string | undefined {
		const route = this.#someRoute();
		if (route === undefined) return undefined;
		this.routeChanges += 1;
		this.#kernel.setRoute(route);
		return `route ${JSON.stringify(route)}`;
	}

	#someRoute(): KernelRoute | undefined {
		const family = this.#rng.chance(0.75) ? 'inet' : 'inet6';
		const dst = this.#rng.pick(family === 'inet' ? destinations : destinations6);
		if (dst === undefined) return undefined;
		const up = [...this.#kernel.links.values()].filter((link) => link.up);
		const hop = (): KernelHop => {
			const ifindex = this.#rng.pick(up)?.ifindex ?? 1;
			// The kernel accepts no gateway by the loopback.
			const pool = family === 'inet' ? gateways : gateways6;
			const gateway = ifindex === 1 || this.#rng.chance(0.4) ? undefined : this.#rng.pick(pool);
			return {ifindex, weight: this.#rng.whole(1, 3), ...(gateway === undefined ? {} : {gateway})};
		};
		const table = this.#rng.chance(0.85) ? 'main' : '100';
		const metric = this.#rng.chance(0.3) ? {metric: this.#rng.whole(1, 2) * 1000} : {};
		const source = family === 'inet' && this.#rng.chance(0.2) ? this.#rng.pick(sources) : undefined;
		const prefsrc = source === undefined ? {} : {prefsrc: source};
		const facts = {family, table, dst, protocol: this.#rng.oneOf('boot', 'static', 'kernel'), ...metric, ...prefsrc} as const;
		if (this.#rng.chance(0.1)) return {...facts, type: 'blackhole', hops: []};
		const hops = this.#rng.chance(0.15) ? [hop(), hop(), hop()] : [hop()];
		return {...facts, type: 'unicast', hops: hops.length > 1 ? oncePerLink(hops) : hops};
	}

	#deleteRoute(): string | undefined {
		const route = this.#rng.pick(this.#kernel.routes);
		if (route === undefined) return undefined;
		this.routeChanges += 1;
		this.#kernel.deleteRoute(route);
		return `no route ${JSON.stringify(route)}`;
	}

	#someLink(): KernelLink | undefined {
		return this.#rng.pick([...this.#kernel.links.values()].filter(({loopback}) => !loopback));
	}

	#freeName(): string | undefined {
		const pool = this.#rng.chance(0.15) ? runtimesOwnNames : names;
		return this.#rng.pick(pool.filter((name) => this.#kernel.named(name) === undefined));
	}

	#freeHwaddr(): string {
		if (this.#variety.sharedAddresses && this.#rng.chance(0.5)) return this.#rng.oneOf('02:00:00:00:ff:01', '02:00:00:00:ff:02');
		this.#macs += 1;
		return `02:00:00:00:00:${this.#macs.toString(16).padStart(2, '0')}`;
	}

	#freeAddress(): Address | undefined {
		const inet = this.#rng.chance(0.7);
		const host = this.#rng.whole(1, 9);
		const local = inet ? `10.1.${host}.2` : `2001:db8:${host}::2`;
		const taken = [...this.#kernel.links.values()].some((link) => link.addresses.some((address) => address.local === local));
		return taken ? undefined : {family: inet ? 'inet' : 'inet6', local, prefixlen: inet ? 24 : 64, scope: 'global'};
	}
}

function oncePerLink(hops: readonly KernelHop[]): KernelHop[] {
	return hops.filter((hop, index) => hops.findIndex(({ifindex}) => ifindex === hop.ifindex) === index);
}

function shown({ifindex, ifname, kind, hwaddr}: KernelLink): string {
	return `${ifindex} ${ifname} (${kind} ${hwaddr})`;
}
