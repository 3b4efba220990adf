import {natureOf} from '../diff/link-nature.js';
import {isOtherLink, type LinkLook} from '../diff/track-link.js';
import type {InterfaceTable} from '../model/interface-table.js';
import type {Family, Link} from '../model/link.js';
import type {Route} from '../model/route.js';
import type {Probe} from '../probe/probe.js';
import type {Dump} from '../probe/read/snapshot.js';
import type {LinkDoorbell, Wake} from './wake.js';

/** From this many links on, one dump of all is cheaper than asking for each. */
const mostSingleLinks = 12;
/** With so many, telling their addresses takes `ip` longer than all else (docs/performance.md). */
export const manyLinks = 100;
/** How often an interrupted dump is taken again before what it holds is used (never to conclude a removal). */
const interruptedTries = 3;

/** What a look tells of the links; `complete` is false where it must be taken again. */
export interface LinksSeen extends Omit<LinkLook, 'serial'> {
	readonly complete: boolean;
}

export interface RoutesSeen {
	readonly byFamily: ReadonlyMap<Family, readonly Route[]>;
	readonly complete: boolean;
}

/** The two halves of a look; the links come first, since an add-iface need not wait for the routes. */
export interface Look {
	readonly links: Promise<LinksSeen | undefined>;
	/** To be called when the links have been taken in. */
	routes(): Promise<RoutesSeen | undefined>;
}

export interface LookOptions {
	readonly families: readonly Family[];
	/** Reads all links when one has changed. */
	readonly asksForAll: boolean;
	/** From so many links on, one whose addresses no event was about is asked for without them. */
	readonly bareFrom: number;
}

/**
 * Starts to read what a wake-up asks for. Both promises reject with a SnapshotError. All links and the routes are asked
 * for at once, as they are to fit together; a few links alone, so that the question about the routes is on nobody's way.
 */
export function startLook(probe: Probe, wake: Wake, table: InterfaceTable, options: LookOptions): Look {
	if (wake.all || wake.namesStale || namesMayBeStale(wake.links, table)) probe.forgetNames();
	const links = wake.all || wake.links.size > 0 ? readChangedLinks(probe, wake, table, options) : Promise.resolve(undefined);
	const readRoutes = async () => (wake.all || wake.routes ? readAllRoutes(probe, options.families) : undefined);
	const early = asksForAll(wake, options) ? readRoutes() : undefined;
	// Each is awaited in its turn; a rejection before that is not unhandled.
	links.catch(() => undefined);
	early?.catch(() => undefined);
	return {links, routes: () => early ?? readRoutes()};
}

function asksForAll({all, links}: Wake, options: LookOptions): boolean {
	return all || links.size > (options.asksForAll ? 0 : mostSingleLinks);
}

/** `ip`'s cache of names never forgets (lib/ll_map.c): after a rename, a deletion or a name used again it lies. */
function namesMayBeStale(links: Wake['links'], table: InterfaceTable): boolean {
	if (links.size === 0) return false;
	let taken: Set<string> | undefined;
	for (const [ifindex, {name, deleted, reborn}] of links) {
		if (deleted || reborn) return true;
		const known = table.get(ifindex);
		if (known !== undefined && known.link.ifname !== name) return true;
		if (known === undefined && name !== undefined) {
			taken ??= new Set([...table.values()].map(({link}) => link.ifname));
			if (taken.has(name)) return true;
		}
	}
	return false;
}

async function readChangedLinks(probe: Probe, wake: Wake, table: InterfaceTable, options: LookOptions): Promise<LinksSeen> {
	const reborn = new Set(wake.reborn);
	for (const [ifindex, doorbell] of wake.links) if (doorbell.reborn) reborn.add(ifindex);
	const {discontinuous} = wake;
	const singles = asksForAll(wake, options) ? undefined : await readSingles(probe, wake, table, options.bareFrom);
	if (singles !== undefined) {
		return {...singles, exhaustive: false, addressesMayLack: !singles.complete, reborn, discontinuous};
	}
	const dump = await readUninterrupted(() => probe.readLinks());
	if (dump.complete) {
		return {seen: dump.entries, gone: new Set(), exhaustive: true, addressesMayLack: false, reborn, discontinuous, complete: true};
	}
	const {found, gone} = await askForUnseen(probe, dump.entries, new Set([...table.keys(), ...wake.links.keys()]));
	return {seen: [...dump.entries, ...found], gone, exhaustive: false, addressesMayLack: true, reborn, discontinuous, complete: false};
}

interface Singles {
	readonly seen: readonly Link[];
	readonly gone: ReadonlySet<number>;
	readonly complete: boolean;
}

/** Asks for each link by name; undefined where the answers leave open what became of one. */
async function readSingles(probe: Probe, wake: Wake, table: InterfaceTable, bareFrom: number): Promise<Singles | undefined> {
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
 * A known link, with the addresses that it is known to have: when they change, events of their own tell (RTM_NEWADDR,
 * RTM_DELADDR). Undefined where it must be asked for in full.
 */
async function readBare(probe: Probe, known: Link, {name = known.ifname, addresses, deleted, reborn}: LinkDoorbell) {
	if (addresses || deleted || reborn || name !== known.ifname) return undefined;
	// What is wrong with an `ip` that has no answer, the question in full tells.
	const dump = await probe.readBareLink(name).catch(() => undefined);
	const bare = dump?.entries.find(({ifindex}) => ifindex === known.ifindex);
	return bare === undefined || isOtherLink(natureOf(known), natureOf(bare), true) ? undefined : {...bare, addr_info: known.addr_info};
}

async function readSingle(probe: Probe, ifindex: number, doorbell: LinkDoorbell, table: InterfaceTable): Promise<SingleAnswer> {
	const name = doorbell.name ?? table.get(ifindex)?.link.ifname;
	const dump = name === undefined ? undefined : await readUninterrupted(() => probe.readLink(name));
	if (dump === undefined) return 'unclear';
	const found = dump.entries.some((link) => link.ifindex === ifindex);
	if (found) return {links: dump.entries, complete: dump.complete};
	// Its last event was its deletion, so nothing has this index now; who has the name is seen too.
	if (doorbell.deleted) return {links: dump.entries, gone: ifindex, complete: dump.complete};
	// Came and went, and its deletion is on the way; a known one may have been renamed.
	return table.has(ifindex) || dump.entries.length > 0 ? 'unclear' : {links: [], complete: dump.complete};
}

async function readUninterrupted<Read extends Dump<unknown> | undefined>(read: () => Promise<Read>): Promise<Read> {
	let dump = await read();
	for (let tries = 1; dump !== undefined && !dump.complete && tries < interruptedTries; tries += 1) dump = await read();
	return dump;
}

/**
 * Links that an interrupted dump lacks, known or told of by an event, are asked for by index (`ifN`), which no
 * rename can mislead. One whose answer is not clear counts as there.
 */
async function askForUnseen(
	probe: Probe,
	seen: readonly Link[],
	expected: ReadonlySet<number>,
): Promise<{found: Link[]; gone: Set<number>}> {
	const present = new Set(seen.map(({ifindex}) => ifindex));
	const found: Link[] = [];
	const gone = new Set<number>();
	for (const ifindex of expected) {
		if (present.has(ifindex)) continue;
		const answer = await probe.readLink(`if${ifindex}`);
		if (answer === undefined) continue;
		if (answer.entries.length === 0 && answer.complete) gone.add(ifindex);
		found.push(...answer.entries.filter((link) => link.ifindex === ifindex));
	}
	return {found, gone};
}

async function readAllRoutes(probe: Probe, families: readonly Family[]): Promise<RoutesSeen> {
	const dumps = await Promise.all(
		families.map(async (family) => [family, await readUninterrupted(() => probe.readRoutes(family))] as const),
	);
	return {
		byFamily: new Map(dumps.map(([family, dump]) => [family, dump.entries])),
		complete: dumps.every(([, dump]) => dump.complete),
	};
}
