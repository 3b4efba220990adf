import {type AnnouncedInterface, type AnnouncedRecord, entryFinder} from '../model/announced.js';
import type {InterfaceTable} from '../model/interface-table.js';
import {isLoopback} from '../model/link.js';
import {type AddressWords, addressWords, broadcastWord, longestHolding, networkOf, type Prefix, prefixKey} from '../text/ip-prefix.js';
import {isAttachable} from './shared-address.js';

/** An interface of the guest, with what the guest's kernel derives from its addresses. */
export interface GuestInterface {
	/** Its name in the guest. */
	readonly name: string;
	/** The record that was announced; undefined for the loopback. */
	readonly record: AnnouncedRecord | undefined;
	/** Its own addresses. */
	readonly addresses: readonly AddressWords[];
	/** Networks that it reaches without a gateway, by routes that the guest's kernel makes for its addresses. */
	readonly networks: readonly Prefix[];
	/** The keys of these networks. */
	readonly networkKeys: readonly string[];
}

/** The guest, as known from what was announced: what it can accept and reach before any route is sent. */
export interface Guest {
	/** By the link's current name in the namespace. Links that the guest does not have are not in it. */
	readonly interfaces: ReadonlyMap<string, GuestInterface>;
	/** Interfaces that the guest has or may have, but the namespace no longer has for certain. Their networks still block routes. */
	readonly others: readonly GuestInterface[];
	/** Every address that the guest certainly has, as the payload writes it. */
	readonly addresses: ReadonlySet<string>;
	/** Keys of the networks for which the guest's kernel makes routes itself, with the guest's names of their interfaces. */
	readonly ownRoutes: ReadonlyMap<string, readonly string[]>;
}

/** `::1/128` is in the main table (addrconf_add_dev, net/ipv6/addrconf.c); 127.0.0.0/8 is not, and needs no route. */
const loopbackNetwork = networkOf('::1', 128);
const loopback: GuestInterface = {
	name: 'lo',
	record: undefined,
	addresses: ['127.0.0.1', '::1'].map(addressWords),
	networks: [loopbackNetwork],
	networkKeys: [prefixKey(loopbackNetwork)],
};

/** Everything that is announced and still exists, and the guest's own loopback. Parts of an earlier guest (`before`) are reused. */
export function guestOf(table: InterfaceTable, announced: readonly AnnouncedInterface[], before?: Guest): Guest {
	const interfaces = new Map<string, GuestInterface>();
	const addresses = new Set(['127.0.0.1', '::1']);
	const ownRoutes = new Map<string, string[]>([[prefixKey(loopbackNetwork), [loopback.name]]]);
	const entryOf = entryFinder(announced);
	const addNetworks = ({name, networkKeys}: GuestInterface) => {
		for (const key of networkKeys) {
			const devices = ownRoutes.get(key);
			if (devices === undefined) ownRoutes.set(key, [name]);
			else devices.push(name);
		}
	};
	for (const [ifindex, {link, incarnation}] of table) {
		if (isLoopback(link)) {
			interfaces.set(link.ifname, loopback);
			continue;
		}
		const entry = entryOf(ifindex, incarnation);
		if (entry?.standing !== 'told') continue;
		const {record} = entry;
		const known = before?.interfaces.get(link.ifname);
		const own = known?.record === record ? known : guestInterface(record);
		interfaces.set(link.ifname, own);
		for (const {address} of record.addresses) addresses.add(address);
		addNetworks(own);
	}
	const others = announced.filter((entry) => isElsewhere(entry, table)).map(({record}) => guestInterface(record));
	for (const other of others) addNetworks(other);
	return {interfaces, others, addresses, ownRoutes};
}

/** Whether the announced link is no longer in the table, but may still be attached. */
function isElsewhere({ifindex, incarnation, standing, record}: AnnouncedInterface, table: InterfaceTable): boolean {
	// The consumer always refuses this kind, so the failed call attached nothing.
	if (standing !== 'told') return standing === 'unsure' && isAttachable(record.linkType);
	return table.get(ifindex)?.incarnation !== incarnation;
}

/** Whether two guests are equal, so that routes judged for one hold for the other. */
export function sameGuest(a: Guest, b: Guest): boolean {
	if (a === b) return true;
	if (a.interfaces.size !== b.interfaces.size || a.others.length !== b.others.length) return false;
	if (!a.others.every(({record}, index) => sameToGuest(record, b.others[index]?.record))) return false;
	for (const [name, {record}] of a.interfaces) {
		const other = b.interfaces.get(name);
		if (other === undefined || !sameToGuest(record, other.record)) return false;
	}
	return true;
}

function sameToGuest(a: AnnouncedRecord | undefined, b: AnnouncedRecord | undefined): boolean {
	if (a === b) return true;
	if (a === undefined || b === undefined || a.name !== b.name || a.addresses.length !== b.addresses.length) return false;
	return a.addresses.every(({address, mask}, index) => {
		const other = b.addresses[index];
		return other?.address === address && other.mask === mask;
	});
}

function guestInterface(record: AnnouncedRecord): GuestInterface {
	const {name} = record;
	const addresses = record.addresses.map(({address}) => addressWords(address));
	const networks = record.addresses.map(({address, mask}) => networkOf(address, Number(mask))).filter(hasRoute);
	return {name, record, addresses, networks, networkKeys: networks.map(prefixKey)};
}

/**
 * Whether the kernel makes a route for the network of an address. IPv4 (fib_add_ifaddr, net/ipv4/fib_frontend.c): not for a single
 * address, and not in 0.0.0.0/8. IPv6 (inet6_addr_add, net/ipv6/addrconf.c): always.
 */
function hasRoute({words, length}: Prefix): boolean {
	if (words.length > 1) return true;
	return length < 32 && (words[0] ?? 0) >>> 24 !== 0;
}

/**
 * The length of the narrowest network that the guest's kernel makes on an interface and that holds the gateway; 'refused' if the kernel
 * takes no route by that gateway at all. IPv4: fib_check_nh_v4_gw (net/ipv4/fib_semantics.c) accepts a host in such a network and an
 * address of the interface itself, but no broadcast address. IPv6: ip6_validate_gw (net/ipv6/route.c) accepts every link-local address,
 * but no address of the guest, and none by the loopback.
 */
export function reachOf(gateway: AddressWords, by: GuestInterface, guest: Guest): number | 'nowhere' | 'refused' {
	const isGateway = (address: AddressWords) => address.length === gateway.length && address.every((word, at) => word === gateway[at]);
	if (gateway.length > 1) {
		if (by.record === undefined) return 'refused';
		if (isLinkLocalAddress(gateway)) return 128;
		for (const {addresses} of guest.interfaces.values()) if (addresses.some(isGateway)) return 'refused';
	} else {
		if (by.addresses.some(isGateway)) return 32;
		const isBroadcast = (network: Prefix) => network.words.length === 1 && network.length < 31 && broadcastWord(network) === gateway[0];
		if (by.networks.some(isBroadcast)) return 'refused';
	}
	const length = longestHolding(by.networks, gateway);
	return length < 0 ? 'nowhere' : length;
}

/** Whether an IPv6 address is in fe80::/10 (RFC 4291, 2.4). */
export function isLinkLocalAddress([first = 0]: AddressWords): boolean {
	return (first & 0xffc00000) >>> 0 === 0xfe800000;
}
