import {textOfLatin1} from '../../text/byte-text.js';
import {mainTable, type RouteTables} from '../route-tables.js';

/** A doorbell with an address on it: what kind of thing changed, and which one. */
export interface MonitorEvent {
	readonly kind: 'link' | 'address' | 'route' | 'nexthop';
	readonly deleted: boolean;
	readonly ifindex?: number;
	readonly name?: string;
	/**
	 * Links only, where there is an `@`: what stands before the colon. `a@b` is `a` of the parent `b`, or the whole name,
	 * which text cannot tell: the index decides.
	 */
	readonly written?: string;
	/** Routes only; absent for a table that is read. */
	readonly table?: string;
	/**
	 * A bridge's own message about its port (AF_BRIDGE, net/bridge/br_netlink.c): `Deleted`
	 * then means that the port was released, not that the link is gone. Such lines name a
	 * master, and neither qdisc nor group.
	 */
	readonly bridgePort?: true;
	/** The line after its label: what it says of its object (line-facts.ts). Absent in recordings of earlier releases. */
	readonly said?: string;
}

const kinds: Readonly<Record<string, MonitorEvent['kind']>> = {
	LINK: 'link',
	ADDR: 'address',
	ROUTE: 'route',
	NEXTHOP: 'nexthop',
};

/** Labels. The last one counts: before 6.11 a filtered event left a bare one (docs/iproute2.md, "Lines of the monitor"). */
const labels = /^(?:\[[0-9T:.-]+\] )?((?:\[(?:nsid [^\]]*|[A-Z]+)\])+)/;

/** `INDEX: NAME`; NAME may hold any byte but whitespace, `/` and `:`, and ends in `:` on LINK lines. */
const numbered = /^(\d+): ([^\s]+)/;

/** After the name: a master without a qdisc before it and a group after it. */
const bridgePortForm = /^ <[^>]*> mtu \d+ master \S+(?: (?!group )\S+)* *$/;

/** A device may be called `table` too. */
const tableForm = /(?<! dev) table (\S+)/;

/**
 * Reads one line of `ip -j -o monitor label link address route nexthop` (latin1, no newline).
 * Undefined where the line is no event: a continuation, a timestamp, an object that was not
 * asked for, or garbage.
 */
export function parseMonitorLine(line: string, tables: RouteTables = mainTable): MonitorEvent | undefined {
	const prefix = labels.exec(line);
	if (prefix === null) return undefined;
	const label = /\[([A-Z]+)\]$/.exec(prefix[1] ?? '')?.[1];
	const kind = label === undefined ? undefined : kinds[label];
	if (kind === undefined) return undefined;
	let rest = line.slice(prefix[0].length);
	const deleted = rest.startsWith('Deleted ');
	if (deleted) rest = rest.slice('Deleted '.length);
	if (rest === '') return undefined;
	const event =
		kind === 'nexthop' ? {kind, deleted} : kind === 'route' ? routeEvent(rest, deleted, tables) : numberedEvent(kind, rest, deleted);
	return event && {...event, said: rest};
}

function numberedEvent(kind: 'link' | 'address', rest: string, deleted: boolean): MonitorEvent | undefined {
	const match = numbered.exec(rest);
	if (match === null) return undefined;
	const ifindex = Number(match[1]);
	const written = match[2] ?? '';
	if (kind === 'address') return {kind, deleted, ifindex, name: textOfLatin1(written)};
	const details = rest.slice(match[0].length).split('\\', 1)[0] ?? '';
	const bridgePort = bridgePortForm.test(details);
	const event = {kind, deleted, ifindex, ...linkName(written.endsWith(':') ? written.slice(0, -1) : written)};
	return bridgePort ? {...event, bridgePort} : event;
}

/** `NAME@PARENT`, which most names with an `@` are. */
function linkName(written: string): {name: string; written?: string} {
	const at = written.lastIndexOf('@');
	return at > 0 ? {name: textOfLatin1(written.slice(0, at)), written: textOfLatin1(written)} : {name: textOfLatin1(written)};
}

/** Of the main table, `ip` names no table without -d. */
function routeEvent(rest: string, deleted: boolean, tables: RouteTables): MonitorEvent {
	const table = textOfLatin1(tableForm.exec(rest)?.[1] ?? 'main');
	return tables.has(table) ? {kind: 'route', deleted} : {kind: 'route', deleted, table};
}
