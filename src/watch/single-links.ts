import {natureOf} from '../diff/link-nature.js';
import {isOtherLink} from '../diff/track-link.js';
import {optional} from '../json/fields.js';
import type {InterfaceTable} from '../model/interface-table.js';
import type {Link} from '../model/link.js';
import type {Probe} from '../probe/probe.js';
import type {Dump} from '../probe/read/dump.js';
import type {LinkDoorbell, Wake} from './wake.js';

/** How many times to read an interrupted dump before using what it holds (never to conclude a removal). */
const interruptedTries = 3;

/** The name in the event. If the text is ambiguous, the known name is meant if it fits. */
export function nameOf({name, written}: LinkDoorbell, known: Link | undefined): string | undefined {
	if (known === undefined || written === undefined) return name;
	return written === known.ifname || written.startsWith(`${known.ifname}@`) ? known.ifname : name;
}

interface Singles {
	readonly seen: readonly Link[];
	readonly gone: ReadonlySet<number>;
	readonly complete: boolean;
}

/** Asks for each link by name. Returns undefined if the answers leave open what became of a link. */
export async function readSingles(probe: Probe, wake: Wake, table: InterfaceTable, bareFrom: number): Promise<Singles | undefined> {
	const asked = [...wake.links].map(async ([ifindex, doorbell]): Promise<SingleAnswer> => {
		const known = table.size < bareFrom || wake.reborn.has(ifindex) ? undefined : table.get(ifindex)?.link;
		const link = known === undefined ? undefined : await readBare(probe, known, doorbell);
		return link === undefined ? readSingle(probe, ifindex, doorbell, table) : {links: [link], complete: true};
	});
	const answers = await Promise.all(asked);
	const seen = new Map<number, Link>();
	const gone = new Set<number>();
	let complete = true;
	for (const answer of answers) {
		if (answer === 'unclear') return undefined;
		for (const link of answer.links) seen.set(link.ifindex, link);
		if (answer.gone !== undefined) gone.add(answer.gone);
		complete &&= answer.complete;
	}
	for (const ifindex of seen.keys()) gone.delete(ifindex);
	return {seen: [...seen.values()], gone, complete};
}

type SingleAnswer = {readonly links: readonly Link[]; readonly gone?: number; readonly complete: boolean} | 'unclear';

/**
 * Reads a known link without its addresses and keeps the known ones: the kernel reports their changes by events of their own
 * (RTM_NEWADDR, RTM_DELADDR). Returns undefined if the link must be read in full.
 */
async function readBare(probe: Probe, known: Link, doorbell: LinkDoorbell) {
	const {addresses, deleted, reborn} = doorbell;
	const name = nameOf(doorbell, known) ?? known.ifname;
	if (addresses || deleted || reborn || name !== known.ifname) return undefined;
	// If `ip` fails here, the full read that follows reports why.
	const dump = await probe.readBareLink(name).catch(() => undefined);
	const bare = dump?.entries.find(({ifindex}) => ifindex === known.ifindex);
	if (bare === undefined || isOtherLink(natureOf(known), natureOf(bare), true)) return undefined;
	// With keep_addr_on_down, IPv6 addresses become tentative without an event (addrconf_ifdown, net/ipv6/addrconf.c).
	const wentDown = known.flags.includes('UP') && !bare.flags.includes('UP');
	return wentDown && known.addr_info.some(({family}) => family === 'inet6') ? undefined : {...bare, addr_info: known.addr_info};
}

async function readSingle(probe: Probe, ifindex: number, doorbell: LinkDoorbell, table: InterfaceTable): Promise<SingleAnswer> {
	// A line about a deletion can be forged and carry the name of another link: the index decides.
	if (doorbell.deleted) return readByIndex(probe, ifindex, table);
	const name = nameOf(doorbell, table.get(ifindex)?.link);
	const dump = name === undefined ? undefined : await readUninterrupted(() => probe.readLink(name));
	if (dump === undefined || isUnclear(dump)) return 'unclear';
	const links = withKnownDetails(dump, table);
	if (links.some((link) => link.ifindex === ifindex) || isUnread(dump, ifindex)) return {links, complete: dump.complete};
	// A known link may have been renamed.
	if (table.has(ifindex) || links.length > 0) return 'unclear';
	// It came and went, and its deletion event is on the way. Or what looks like a parent (`@…`) is part of its name.
	return doorbell.written === undefined ? {links: [], complete: dump.complete} : readByIndex(probe, ifindex, table);
}

/** Asks for `ifN`; unclear if a link has that as its name. */
async function readByIndex(probe: Probe, ifindex: number, table: InterfaceTable): Promise<SingleAnswer> {
	const dump = await readUninterrupted(() => probe.readLink(`if${ifindex}`));
	if (dump === undefined || isUnclear(dump)) return 'unclear';
	const links = withKnownDetails(dump, table);
	if (links.some((link) => link.ifindex === ifindex) || isUnread(dump, ifindex)) return {links, complete: dump.complete};
	return links.length > 0 ? 'unclear' : {links, gone: ifindex, complete: dump.complete};
}

function isUnread({unread = []}: Dump<Link>, ifindex: number): boolean {
	return unread.some((link) => link.ifindex === ifindex);
}

/** Whether it lacks a link without an index, which may be any link. */
function isUnclear({unread = []}: Dump<Link>): boolean {
	return unread.some((link) => link.ifindex === undefined);
}

/** A link that `ip -d` cannot show keeps its known kind and alias as long as its hardware address is the same. */
export function withKnownDetails({entries, undetailed = []}: Dump<Link>, table: InterfaceTable): readonly Link[] {
	if (undetailed.length === 0) return entries;
	const lacking = new Set(undetailed);
	return entries.map((link) => {
		const known = lacking.has(link.ifindex) ? table.get(link.ifindex)?.link : undefined;
		if (known === undefined || natureOf(known).hwaddr !== natureOf(link).hwaddr) return link;
		const link_kind = known.link_kind === 'device' ? link.link_kind : known.link_kind;
		return {...link, link_kind, ...optional('ifalias', link.ifalias ?? known.ifalias)};
	});
}

export async function readUninterrupted<Read extends Dump<unknown> | undefined>(read: () => Promise<Read>): Promise<Read> {
	let dump = await read();
	for (let tries = 1; dump !== undefined && !dump.complete && tries < interruptedTries; tries += 1) dump = await read();
	return dump;
}
