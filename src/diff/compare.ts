import type {ChangeBody, Kept} from '../model/event.js';
import {type Address, isIpv6LinkLocal, type Link} from '../model/link.js';
import type {LinkDelta, LookFacts} from '../model/picture.js';
import type {Route} from '../model/route.js';
import {networkKey} from '../text/ip-prefix.js';
import {Causes} from './causes.js';
import {eventFilter} from './event-filter.js';
import {linkEvents} from './link-events.js';
import {routeEvents} from './route-events.js';

/** The part of one side that is compared. */
export interface Side {
	readonly links: readonly Link[];
	/** Undefined if unknown; then routes are not compared. */
	readonly routes: readonly Route[] | undefined;
}

/** The part of a side that a journal with these options keeps. */
export function narrowed({links, routes}: Side, kept: Kept): Side {
	const keeps = eventFilter(kept);
	return {
		links: links.flatMap((link) => {
			const addresses = link.addr_info.filter((address) =>
				keeps({event: 'address-found', ifindex: link.ifindex, ifname: link.ifname, address}),
			);
			return keeps({event: 'interface-found', interface: link}) ? [{...link, addr_info: addresses}] : [];
		}),
		routes: routes?.filter((route) => keeps({event: 'route-found', route})),
	};
}

/** What a side that has every table has of the tables of the other one: a watch and a snapshot read one table, or all. */
export function inTablesOf(other: Side, side: Side): Side {
	const tables = new Set(other.routes?.map(({table}) => table));
	if (tables.size > 1) return side;
	const [table = 'main'] = tables;
	return {...side, routes: side.routes?.filter((route) => route.table === table)};
}

/** How to match the links of the two sides. */
export type Pairing =
	/** One namespace at two times: by index. A link with another kind is another link. */
	| 'same namespace'
	/** Two namespaces: by name. */
	| 'two namespaces';

const look: LookFacts = {cause: 'event', heard: () => true};

/** The events that turn A into B: interfaces with their addresses first, then routes. */
export function changesBetween(a: Side, b: Side, pairing: Pairing): readonly ChangeBody[] {
	const causes = new Causes();
	const links =
		pairing === 'same namespace'
			? pairs(a.links, b.links, ({ifindex, link_kind}) => `${ifindex} ${link_kind}`)
			: pairs(a.links, b.links, ({ifname}) => ifname);
	const ofLinks = linkEvents(links, look, causes);
	const splice = {start: 0, removed: a.routes ?? [], added: b.routes ?? []};
	const ofRoutes = a.routes === undefined || b.routes === undefined ? [] : routeEvents(splice, look, causes);
	// A removed link takes its addresses with it: do not report them too.
	const gone = new Set(ofLinks.flatMap(({body}) => (body.event === 'interface-removed' ? [body.interface.ifindex] : [])));
	const saysNothing = (body: ChangeBody) => body.event === 'address-removed' && gone.has(body.ifindex);
	return [...ofLinks, ...ofRoutes].flatMap(({body}) => (isChange(body) && !saysNothing(body) ? [body] : []));
}

function isChange(body: {readonly event: string}): body is ChangeBody {
	return !body.event.endsWith('-found');
}

function pairs(a: readonly Link[], b: readonly Link[], keyOf: (link: Link) => string): LinkDelta[] {
	const tracked = (link: Link | undefined) => (link === undefined ? undefined : {link, incarnation: 0, sinceStart: true, changedAt: 0});
	const after = new Map(b.map((link) => [keyOf(link), link]));
	const before = new Set(a.map(keyOf));
	const both = a.map((link) => ({ifindex: link.ifindex, before: tracked(link), after: tracked(after.get(keyOf(link)))}));
	const fresh = b
		.filter((link) => !before.has(keyOf(link)))
		.map((link) => ({ifindex: link.ifindex, before: undefined, after: tracked(link)}));
	return [...both, ...fresh];
}

/**
 * Leaves out what differs between any two namespaces: indices, hardware addresses, link-local addresses, the state of duplicate address
 * detection, and the routes that the kernel makes for addresses.
 */
export function withoutNature(a: Side, b: Side): readonly [Side, Side] {
	const others = new Map(b.links.map((link) => [link.ifname, link]));
	return [plainSide(a, (link) => others.get(link.ifname) ?? link), plainSide(b, (link) => link)];
}

/** @param natureOf the link from which to take index and hardware address */
function plainSide({links, routes}: Side, natureOf: (link: Link) => Link): Side {
	const networks = new Set(links.flatMap(({ifname, addr_info}) => addr_info.map((address) => networkOf(ifname, address))));
	return {
		links: links.map((link) => plainLink(link, natureOf(link))),
		routes: routes?.filter((route) => !followsFromAddress(route, networks)),
	};
}

function plainLink(link: Link, {ifindex, address}: Link): Link {
	const {broadcast: _b, link_index: _i, link_netnsid: _n, ...rest} = link;
	const addresses = link.addr_info.filter((entry) => !isIpv6LinkLocal(entry)).map(({tentative: _t, ...entry}) => entry);
	return {...rest, ifindex, address, addr_info: addresses};
}

function networkOf(dev: string, {local, address, prefixlen}: Address): string {
	return `${dev} ${networkKey(address ?? local, prefixlen)}`;
}

function followsFromAddress({protocol, gateway, dst, dev, family}: Route, networks: ReadonlySet<string>): boolean {
	if (protocol !== 'kernel' || gateway !== undefined || dev === undefined || dst === 'default') return false;
	const [base = '', length = family === 'inet' ? '32' : '128'] = dst.split('/');
	return dst === 'fe80::/64' || networks.has(`${dev} ${networkKey(base, Number(length))}`);
}
