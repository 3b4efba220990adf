import {type Address, type Family, isRunning, type Link} from '../model/link.js';
import type {Picture} from '../model/picture.js';
import type {Route} from '../model/route.js';
import {isUsable} from './subjects.js';

/** One condition of `netmon wait`. */
export interface Condition {
	/** As the user wrote it. */
	readonly text: string;
	/** `!` before it. */
	readonly negated: boolean;
	readonly what:
		| {readonly kind: 'link' | 'up' | 'gone'; readonly ifname: string}
		| {readonly kind: 'address'; readonly ifname: string; readonly address: string | undefined}
		| {readonly kind: 'route'; readonly dst: string};
}

/** What a condition says of a picture: whether it holds, and what is there, in a few words. */
export interface Judgement {
	readonly holds: boolean;
	/** `eth0 is up, its address fe80::1/64 is tentative`. */
	readonly why: string;
}

const form = /^(!?)(link|up|gone|address|route):(.+)$/s;

/** Reads `link:eth0`, `address:eth0=10.0.0.2/24`, `!route:default`; undefined where it is none. */
export function parseCondition(text: string): Condition | undefined {
	const [, not, kind, rest = ''] = form.exec(text) ?? [];
	const negated = not === '!';
	switch (kind) {
		case 'link':
		case 'up':
		case 'gone':
			return {text, negated, what: {kind, ifname: rest}};
		case 'address': {
			// An interface may have a `=` in its name; an address has none.
			const at = rest.lastIndexOf('=');
			const address = at < 0 ? undefined : rest.slice(at + 1);
			const ifname = at < 0 ? rest : rest.slice(0, at);
			return ifname === '' || address === '' ? undefined : {text, negated, what: {kind, ifname, address}};
		}
		case 'route':
			return {text, negated, what: {kind, dst: rest}};
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

/** By its name or one of its alternative names, as `ip link show dev` takes it. */
function linkOf({table}: Picture, ifname: string): Link | undefined {
	for (const {link} of table.values()) if (link.ifname === ifname) return link;
	for (const {link} of table.values()) if (link.altnames.includes(ifname)) return link;
	return undefined;
}

function stateOf(link: Link): string {
	if (isRunning(link)) return `${link.ifname} is up`;
	return link.flags.includes('UP') ? `${link.ifname} is up, but has no carrier` : `${link.ifname} is down`;
}

/** A link-local address counts only when it is named: every interface has one, and it says nothing of the network. */
function judgeAddress(link: Link, wanted: string | undefined, families: readonly Family[]): Judgement {
	const candidates = link.addr_info.filter((address) =>
		wanted === undefined ? families.includes(address.family) && address.scope !== 'link' : isAddress(address, wanted),
	);
	const usable = candidates.find(isUsable);
	if (usable !== undefined) return {holds: true, why: `${link.ifname} has ${textOf(usable)}`};
	const [waiting] = candidates;
	if (waiting !== undefined) return {holds: false, why: `${stateOf(link)}, its address ${textOf(waiting)} ${hindrance(waiting)}`};
	const others = link.addr_info.map((address) => `${textOf(address)}${isUsable(address) ? '' : ` (${hindrance(address)})`}`);
	const lacking = wanted === undefined ? 'no address' : `not ${wanted}`;
	return {holds: false, why: `${stateOf(link)}, it has ${others.length === 0 ? 'no address' : `${lacking}, but ${others.join(', ')}`}`};
}

function isAddress({local, prefixlen}: Address, wanted: string): boolean {
	const [address, prefix] = wanted.split('/');
	return sameText(local, address ?? '') && (prefix === undefined || Number(prefix) === prefixlen);
}

function sameText(a: string, b: string): boolean {
	return a.toLowerCase() === b.toLowerCase();
}

function textOf({local, prefixlen}: Address): string {
	return `${local}/${prefixlen}`;
}

function hindrance({dadfailed}: Address): string {
	return dadfailed ? 'is a duplicate of another host’s' : 'is tentative';
}

function judgeRoute(dst: string, {routes}: Picture, families: readonly Family[]): Judgement {
	const found = families.flatMap((family) => (routes.get(family) ?? []).filter((route) => isRouteTo(route, dst)));
	const alive = found.find(({type, flags}) => type === 'unicast' && !flags.includes('dead'));
	if (alive !== undefined) return {holds: true, why: `there is a route to ${dst}`};
	const [other] = found;
	if (other === undefined) return {holds: false, why: `there is no route to ${dst}`};
	return {holds: false, why: other.type === 'unicast' ? `the route to ${dst} is dead` : `the route to ${dst} is ${other.type}`};
}

/** `ip` prints a host route without its prefix. */
function isRouteTo({dst, family}: Route, wanted: string): boolean {
	const bare = wanted.replace(family === 'inet' ? /\/32$/ : /\/128$/, '');
	if (wanted === '0.0.0.0/0' || wanted === '::/0') return dst === 'default' && family === (wanted === '::/0' ? 'inet6' : 'inet');
	return sameText(dst, bare);
}
