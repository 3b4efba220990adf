import {withoutNameClashes} from '../../src/diff/name-clashes.js';
import {judgeWishes, noWishes, type Wishes} from '../../src/diff/wishes.js';
import {type AnnouncedInterface, type AnnouncedRecord, entryFinder} from '../../src/model/announced.js';
import type {InterfaceTable, TrackedLink} from '../../src/model/interface-table.js';
import type {Address, Link} from '../../src/model/link.js';
import type {Route} from '../../src/model/route.js';
import type {Rules} from '../../src/model/rules.js';

/** The defaults of `netmon watch`. */
export const defaultRules: Rules = {families: ['inet'], onChange: 'first-address', addressWaitMs: 100, kernelRoutes: false};

export function inet(local: string, prefixlen = 24): Address {
	return {family: 'inet', local, prefixlen, scope: 'global'};
}

export function inet6(local: string, prefixlen = 64, scope = 'global'): Address {
	return {family: 'inet6', local, prefixlen, scope};
}

/** A veth that is UP and RUNNING and has an address. Its fields follow from its index. */
export function makeLink(ifindex: number, more: Partial<Link> = {}): Link {
	return {
		ifindex,
		ifname: `v${ifindex}`,
		flags: ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'],
		mtu: 1500,
		operstate: 'UP',
		address: `02:00:00:00:00:${ifindex.toString(16).padStart(2, '0')}`,
		link_type: 'ether',
		link_kind: 'veth',
		altnames: [],
		addr_info: [inet(`10.${ifindex}.0.2`)],
		...more,
	};
}

export const loopback: Link = makeLink(1, {
	ifname: 'lo',
	flags: ['LOOPBACK', 'UP', 'LOWER_UP'],
	mtu: 65536,
	address: '',
	link_kind: 'device',
	addr_info: [{family: 'inet', local: '127.0.0.1', prefixlen: 8, scope: 'host'}],
});

export function track(link: Link, more: Partial<TrackedLink> = {}): TrackedLink {
	return {link, incarnation: 0, sinceStart: false, changedAt: 0, ...more};
}

export function tableOf(...tracked: readonly (Link | TrackedLink)[]): InterfaceTable {
	return new Map(tracked.map((item) => ('incarnation' in item ? [item.link.ifindex, item] : [item.ifindex, track(item)])));
}

/** The announced record of `makeLink(ifindex)`. */
export function makeRecord(ifindex: number, more: Partial<AnnouncedRecord> = {}): AnnouncedRecord {
	return {
		name: `v${ifindex}`,
		addresses: [{family: 2, address: `10.${ifindex}.0.2`, mask: '24'}],
		mtu: 1500,
		hwaddr: `02:00:00:00:00:${ifindex.toString(16).padStart(2, '0')}`,
		linkType: 'veth',
		...more,
	};
}

/** The wishes of a whole table. */
export function wishesOf(table: InterfaceTable, announced: readonly AnnouncedInterface[], rules: Rules, now: number): Wishes {
	return withoutNameClashes(judgeWishes(noWishes, table.keys(), table, entryFinder(announced), rules, now), rules.families);
}

export function told(ifindex: number, more: Partial<AnnouncedInterface> = {}): AnnouncedInterface {
	return {ifindex, incarnation: 0, record: makeRecord(ifindex), standing: 'told', ...more};
}

export function makeRoute(dst: string, more: Partial<Route> = {}): Route {
	return {family: 'inet', type: 'unicast', dst, dev: 'v4', protocol: 'boot', scope: 'global', table: 'main', flags: [], ...more};
}
