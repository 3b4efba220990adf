import {isIpv6LinkLocal, isLoopback, type Link} from '../../model/link.js';
import type {Route} from '../../model/route.js';
import {addressName, stateWord} from '../record-words.js';
import {inColumns} from './columns.js';
import type {DrawnNamespace} from './drawn-namespace.js';
import {otherEnds} from './other-ends.js';

/** A picture of namespaces and what connects them. Its texts are not escaped for any format. */
export interface Topology {
	readonly boxes: readonly Box[];
	/** Ends outside the boxes, known only by the links that lead there. */
	readonly outside: readonly OutsideNode[];
	readonly lines: readonly Line[];
}

/** A namespace. */
export interface Box {
	readonly id: string;
	readonly name: string;
	readonly detail?: string;
	/** Default routes that use none of its nodes. */
	readonly notes: readonly string[];
	readonly nodes: readonly LinkNode[];
}

export interface LinkNode {
	readonly id: string;
	readonly name: string;
	readonly kind: string;
	readonly state: 'up' | 'no carrier' | 'down';
	/** Whether other links can be its ports. */
	readonly hasPorts: boolean;
	readonly addresses: readonly string[];
	/** Default routes that use it. */
	readonly defaults: readonly string[];
}

export interface OutsideNode {
	readonly id: string;
	readonly text: string;
}

/** `pair`: the two ends of a veth; `port`: a bridge, bond, … and its port; `parent`: a link and one that is based on it. */
export interface Line {
	readonly kind: 'pair' | 'port' | 'parent';
	readonly from: string;
	readonly to: string;
	/** How many columns to the right it leads. */
	readonly length: number;
}

/** A link may have thousands of addresses. */
const mostRows = 6;

/** @param all whether these are all namespaces of the host */
export function topologyOf(namespaces: readonly DrawnNamespace[], all = false): Topology {
	const outside = new Map<string, OutsideNode>();
	const lines: Line[] = [];
	const endOf = otherEnds(namespaces, all);
	const idsByName = namespaces.map(({links}, place) => new Map(links.map(({ifname, ifindex}) => [ifname, nodeId(place, ifindex)])));
	const known = new Set(namespaces.flatMap(({links}, place) => links.map(({ifindex}) => nodeId(place, ifindex))));

	const otherOf = (place: number, link: Link): string | undefined => {
		const end = endOf(place, link);
		if (end === undefined) return link.link === undefined ? undefined : idsByName[place]?.get(link.link);
		if ('place' in end && known.has(nodeId(end.place, end.ifindex))) return nodeId(end.place, end.ifindex);
		const where = 'place' in end ? namespaces[end.place]?.name : end.outside;
		const node = {id: `e${outside.size}`, text: `index ${end.ifindex} in ${where ?? 'another namespace'}`};
		// Two links with the same text may lead to two namespaces. Unless the namespace is named, each gets a node of its own.
		const key = where === undefined ? node.id : node.text;
		const shown = outside.get(key) ?? node;
		outside.set(key, shown);
		return shown.id;
	};

	for (const [place, {links}] of namespaces.entries()) {
		for (const link of links) {
			const own = nodeId(place, link.ifindex);
			const master = link.master === undefined ? undefined : idsByName[place]?.get(link.master);
			if (master !== undefined) lines.push({kind: 'port', from: master, to: own, length: 1});
			const other = otherOf(place, link);
			if (other === undefined || other === own) continue;
			if (link.link_kind === 'veth') lines.push({kind: 'pair', from: own, to: other, length: 1});
			else lines.push({kind: 'parent', from: other, to: own, length: 1});
		}
	}
	const places = new Map([...known].map((id) => [id, id.split('_')[0]]));
	const drawnLines = inColumns(withoutDoubles(lines), (node) => places.get(node));
	const joined = new Set(drawnLines.flatMap(({from, to}) => [from, to]));
	return {boxes: namespaces.map((namespace, place) => boxOf(namespace, place, joined)), outside: [...outside.values()], lines: drawnLines};
}

function nodeId(place: number, ifindex: number): string {
	return `n${place}_${ifindex}`;
}

/** The two ends of a veth name each other: one line is enough. It starts at a port, so that a bridge's containers are on its right. */
function withoutDoubles(lines: readonly Line[]): Line[] {
	const ports = new Set(lines.flatMap(({kind, to}) => (kind === 'port' ? [to] : [])));
	const pairs = new Map<string, Line>();
	for (const line of lines) {
		if (line.kind !== 'pair') continue;
		const key = [line.from, line.to].sort().join(' ');
		if (!pairs.has(key) || (ports.has(line.from) && !ports.has(line.to))) pairs.set(key, line);
	}
	return [...lines.filter(({kind}) => kind !== 'pair'), ...pairs.values()];
}

function boxOf({name, detail, links, routes}: DrawnNamespace, place: number, joined: ReadonlySet<string>): Box {
	const defaults = routes.filter(({dst}) => dst === 'default');
	const shown = links.filter((link) => !isPlainLoopback(link) || joined.has(nodeId(place, link.ifindex)));
	const names = new Set(shown.map(({ifname}) => ifname));
	const notes = defaults.flatMap((route) =>
		hopsOf(route)
			.filter(({dev}) => dev === undefined || !names.has(dev))
			.map(({text}) => text),
	);
	return {
		id: `b${place}`,
		name,
		...(detail === undefined ? {} : {detail}),
		notes: limited(notes),
		nodes: shown.map((link) => nodeOf(link, place, defaults)),
	};
}

/** Every namespace has one, so it is not worth drawing. */
function isPlainLoopback(link: Link): boolean {
	return isLoopback(link) && link.addr_info.every(({local}) => local === '127.0.0.1' || local === '::1');
}

const masterKinds: ReadonlySet<string> = new Set(['bridge', 'bond', 'team', 'vrf', 'openvswitch']);

function nodeOf(link: Link, place: number, defaults: readonly Route[]): LinkNode {
	// The kernel gives every interface a link-local address.
	const addresses = link.addr_info.filter((address) => !isIpv6LinkLocal(address)).map(addressName);
	const own = defaults.flatMap((route) =>
		hopsOf(route)
			.filter(({dev}) => dev === link.ifname)
			.map(({text}) => text),
	);
	return {
		id: nodeId(place, link.ifindex),
		name: link.ifname,
		kind: link.link_kind === 'device' ? '' : link.link_kind,
		state: stateWord(link),
		hasPorts: masterKinds.has(link.link_kind),
		addresses: limited(addresses),
		defaults: limited(own),
	};
}

interface Hop {
	readonly dev: string | undefined;
	readonly text: string;
}

/** A default route as each of its next hops shows it: `default via 10.0.0.1`. */
function hopsOf(route: Route): Hop[] {
	const {type, nexthops, metric, table} = route;
	const kind = type === 'unicast' ? '' : `${type} `;
	const rest = [...(metric === undefined ? [] : [`metric ${metric}`]), ...(table === 'main' ? [] : [`table ${table}`])];
	return (nexthops ?? [route]).map(({dev, gateway, via}) => {
		const host = gateway ?? via?.host;
		return {dev, text: [`${kind}default${host === undefined ? '' : ` via ${host}`}`, ...rest].join(' ')};
	});
}

function limited(rows: readonly string[]): readonly string[] {
	return rows.length <= mostRows ? rows : [...rows.slice(0, mostRows - 1), `and ${rows.length - mostRows + 1} more`];
}
