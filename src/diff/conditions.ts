import {type Address, type Family, isIpv6LinkLocal, isRunning, type Link} from '../model/link.js';
import type {Picture} from '../model/picture.js';
import type {Route} from '../model/route.js';
import {isFirstAddress, type Network, parseNetwork, sameAddress} from '../text/network-text.js';
import {isUsable} from './subjects.js';

/** One condition of `netmon wait`. */
export interface Condition {
	/** As the user wrote it. */
	readonly text: string;
	/** Whether it starts with `!`. */
	readonly negated: boolean;
	readonly what:
		| {readonly kind: 'link' | 'up' | 'gone'; readonly ifname: string}
		| {readonly kind: 'address'; readonly ifname: string; readonly address: Wanted | undefined}
		| {readonly kind: 'route'; readonly dst: Wanted};
}

/** A network or an address, as written and as parsed. `default` stands for both families. */
interface Wanted {
	readonly text: string;
	readonly network: Network | undefined;
}

/** The result of a condition: whether it holds, and the facts in a few words. */
export interface Judgement {
	readonly holds: boolean;
	/** For example `eth0 is up, its address fe80::1/64 is tentative`. */
	readonly why: string;
}

const form = /^(!?)(link|up|gone|address|route):(.+)$/s;

/** Parses `link:eth0`, `address:eth0=10.0.0.2/24`, `!route:default`. Undefined if it is no condition, or could never hold. */
export function parseCondition(text: string): Condition | undefined {
	const [, not, kind, rest = ''] = form.exec(text) ?? [];
	const negated = not === '!';
	switch (kind) {
		case 'link':
		case 'up':
		case 'gone':
			return {text, negated, what: {kind, ifname: rest}};
		case 'address': {
			// An interface name may hold a `=`; an address never does.
			const at = rest.lastIndexOf('=');
			if (at < 0) return {text, negated, what: {kind, ifname: rest, address: undefined}};
			const address = {text: rest.slice(at + 1), network: parseNetwork(rest.slice(at + 1))};
			return at === 0 || address.network === undefined ? undefined : {text, negated, what: {kind, ifname: rest.slice(0, at), address}};
		}
		case 'route': {
			const network = parseNetwork(rest);
			// The kernel refuses a route with bits set behind its prefix (fib_valid_key_len, net/ipv4/fib_trie.c).
			const possible = rest === 'default' || (network !== undefined && isFirstAddress(network));
			return possible ? {text, negated, what: {kind, dst: {text: rest, network}}} : undefined;
		}
		default:
			return undefined;
	}
}

export function judgeCondition({what, negated}: Condition, picture: Picture, families: readonly Family[]): Judgement {
	const {holds, why} = judgeWhat(what, picture, families);
	return {holds: holds !== negated, why};
}

function judgeWhat(what: Condition['what'], picture: Picture, families: readonly Family[]): Judgement {
	if (what.kind === 'route') return judgeRoute(what.dst, picture, families);
	const link = linkOf(picture, what.ifname);
	if (link === undefined) return {holds: what.kind === 'gone', why: `there is no interface ${what.ifname}`};
	switch (what.kind) {
		case 'link':
			return {holds: true, why: `${what.ifname} is there`};
		case 'gone':
			return {holds: false, why: `${what.ifname} is there`};
		case 'up':
			return {holds: isRunning(link), why: stateOf(link)};
		case 'address':
			return judgeAddress(link, what.address, families);
	}
}

/** Finds a link by its name or an alternative name, as `ip link show dev` does. */
function linkOf({table}: Picture, ifname: string): Link | undefined {
	for (const {link} of table.values()) if (link.ifname === ifname) return link;
	for (const {link} of table.values()) if (link.altnames.includes(ifname)) return link;
	return undefined;
}

function stateOf(link: Link): string {
	if (isRunning(link)) return `${link.ifname} is up`;
	return link.flags.includes('UP') ? `${link.ifname} is up, but has no carrier` : `${link.ifname} is down`;
}

/** A link-local address counts only if it is named: every interface has one, and it says nothing about the network. */
function judgeAddress(link: Link, wanted: Wanted | undefined, families: readonly Family[]): Judgement {
	const candidates = link.addr_info.filter((address) =>
		wanted === undefined ? families.includes(address.family) && !isLinkLocal(address) : isAddress(address, wanted),
	);
	const usable = candidates.find(isUsable);
	if (usable !== undefined) return {holds: true, why: `${link.ifname} has ${textOf(usable)}`};
	const [waiting] = candidates;
	if (waiting !== undefined) return {holds: false, why: `${stateOf(link)}, its address ${textOf(waiting)} is ${hindrance(waiting)}`};
	const others = link.addr_info.map((address) => `${textOf(address)}${isUsable(address) ? '' : ` (${hindrance(address)})`}`).join(', ');
	if (others === '') return {holds: false, why: `${stateOf(link)}, it has no address`};
	const lacking = wanted === undefined ? `it has ${others}, which do not count` : `it does not have ${wanted.text}, only ${others}`;
	return {holds: false, why: `${stateOf(link)}, ${lacking}`};
}

/** fe80::/10, and 169.254.0.0/16 (RFC 3927), which a host gives itself if nobody else assigns an address. */
function isLinkLocal(address: Address): boolean {
	return address.scope === 'link' || isIpv6LinkLocal(address) || address.local.startsWith('169.254.');
}

function isAddress({local, prefixlen}: Address, {network}: Wanted): boolean {
	return network !== undefined && sameAddress(local, network.address) && (!network.withPrefix || network.prefixlen === prefixlen);
}

function textOf({local, prefixlen}: Address): string {
	return `${local}/${prefixlen}`;
}

function hindrance({dadfailed}: Address): string {
	return dadfailed ? 'a duplicate of another host’s' : 'tentative';
}

function judgeRoute(wanted: Wanted, {routes}: Picture, families: readonly Family[]): Judgement {
	const name = wanted.network === undefined ? 'default route' : `route to ${wanted.text}`;
	const found = families.flatMap((family) => (routes.get(family) ?? []).filter((route) => isRouteTo(route, wanted)));
	if (found.some(isAlive)) return {holds: true, why: `there is a ${name}`};
	const [other] = found;
	if (other === undefined) return {holds: false, why: `there is no ${name}`};
	return {holds: false, why: `the ${name} is ${other.type === 'unicast' ? 'dead' : other.type}`};
}

/** One living next hop is enough. */
function isAlive({type, flags, nexthops}: Route): boolean {
	if (type !== 'unicast' || flags.includes('dead')) return false;
	return nexthops === undefined || nexthops.length === 0 || nexthops.some((hop) => !hop.flags.includes('dead'));
}

/** `ip` prints a host route without its prefix, and a route to everything as `default`. */
function isRouteTo({dst, family}: Route, {network}: Wanted): boolean {
	if (network === undefined) return dst === 'default';
	if (network.address.includes(':') !== (family === 'inet6')) return false;
	if (dst === 'default') return network.prefixlen === 0;
	const own = parseNetwork(dst);
	return own !== undefined && own.prefixlen === network.prefixlen && sameAddress(own.address, network.address);
}
