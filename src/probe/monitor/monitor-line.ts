import {textOfLatin1} from '../../text/byte-text.js';
import {mainTable, type RouteTables} from '../route-tables.js';

/** One event of the monitor: what kind of thing changed, and which one. */
export interface MonitorEvent {
	readonly kind: 'link' | 'address' | 'route' | 'nexthop';
	readonly deleted: boolean;
	readonly ifindex?: number;
	readonly name?: string;
	/** For links with an `@`: the text before the colon. `a@b` is `a` with the parent `b`, or the whole name; only the index decides. */
	readonly written?: string;
	/** Routes only; absent for a table that is read. */
	readonly table?: string;
	/**
	 * A bridge's own message about its port (AF_BRIDGE, net/bridge/br_netlink.c). `Deleted` then means that the port was released, not that
	 * the link is gone. Such a line names a master, but neither a qdisc nor a group.
	 */
	readonly bridgePort?: true;
	/** The line after its label: its facts (line-facts.ts). Absent in recordings of earlier releases. */
	readonly said?: string;
}

const kinds: Readonly<Record<string, MonitorEvent['kind']>> = {
	LINK: 'link',
	ADDR: 'address',
	ROUTE: 'route',
	NEXTHOP: 'nexthop',
};

/** Labels. The last one counts: before 6.11, a filtered event left a bare label behind (docs/iproute2.md, "Lines of the monitor"). */
const labels = /^(?:\[[0-9T:.-]+\] )?((?:\[(?:nsid [^\]]*|[A-Z]+)\])+)/;

/** `INDEX: NAME`. NAME may hold any byte except whitespace, `/` and `:`. In LINK lines it ends in `:`. */
const numbered = /^(\d+): ([^\s]+)/;

/** The text after the name of a bridge port: a master, without a qdisc before it or a group after it. */
const bridgePortForm = /^ <[^>]*> mtu \d+ master \S+(?: (?!group )\S+)* *$/;

/** A device may be named `table`. */
const tableForm = /(?<! dev) table (\S+)/;

/**
 * Parses one line of `ip -j -o monitor label link address route nexthop` (latin1, without the newline). Returns undefined if the line is
 * no event: a continuation, a timestamp, another object, or garbage.
 */
export function parseMonitorLine(line: string, tables: RouteTables = mainTable): MonitorEvent | undefined {
	const prefix = prefixOf(line);
	if (prefix === undefined) return undefined;
	const {kind, length} = prefix;
	const deleted = line.startsWith('Deleted ', length);
	const said = line.slice(deleted ? length + 'Deleted '.length : length);
	if (said === '') return undefined;
	if (kind === 'nexthop') return {kind, deleted, said};
	if (kind === 'route') return routeEvent(said, deleted, tables);
	const event = numberedEvent(kind, said, deleted);
	return event && {...event, said};
}

const routeLabel = '[ROUTE]';

/** What stands before the facts: its kind and its length. Undefined if the line is about another object, or has no label. */
function prefixOf(line: string): {readonly kind: MonitorEvent['kind']; readonly length: number} | undefined {
	// The usual line of a storm.
	if (line.startsWith(routeLabel) && line[routeLabel.length] !== '[') return {kind: 'route', length: routeLabel.length};
	const prefix = labels.exec(line);
	if (prefix === null) return undefined;
	const label = /\[([A-Z]+)\]$/.exec(prefix[1] ?? '')?.[1];
	const kind = label === undefined ? undefined : kinds[label];
	return kind && {kind, length: prefix[0].length};
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

/** Splits `NAME@PARENT`, the usual meaning of an `@`. */
function linkName(written: string): {name: string; written?: string} {
	const at = written.lastIndexOf('@');
	return at > 0 ? {name: textOfLatin1(written.slice(0, at)), written: textOfLatin1(written)} : {name: textOfLatin1(written)};
}

/** Of the main table, `ip` names no table without -d. */
function routeEvent(said: string, deleted: boolean, tables: RouteTables): MonitorEvent {
	const named = said.includes(' table ') ? tableForm.exec(said)?.[1] : undefined;
	const table = named === undefined ? 'main' : textOfLatin1(named);
	return tables.has(table) ? {kind: 'route', deleted, said} : {kind: 'route', deleted, table, said};
}
