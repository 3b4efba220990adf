import type {RouteLook} from '../diff/absorb.js';
import type {LinkLook} from '../diff/track-link.js';
import type {InterfaceTable} from '../model/interface-table.js';
import type {Family, Link} from '../model/link.js';
import type {Probe} from '../probe/probe.js';
import type {Unread} from '../probe/read/dump.js';
import {nameOf, readSingles, readUninterrupted, withKnownDetails} from './single-links.js';
import type {Wake} from './wake.js';

/** From this many changed links on, one dump of all links is cheaper than one question for each. */
const mostSingleLinks = 12;
/** With this many links, `ip` spends most of its time on addresses (docs/performance.md). */
export const manyLinks = 100;

/** What a look sees of the links. `complete` is false if it must be repeated. */
export interface LinksSeen extends Omit<LinkLook, 'serial'> {
	readonly complete: boolean;
	/**
	 * Links that exist and cannot be read. One without an index may be any link. They count neither as seen nor as gone. A table built only
	 * from what was seen must allow for them.
	 */
	readonly unread?: readonly Unread[];
}

/** The two halves of a look under way. The links come first, because an add-iface does not have to wait for the routes. */
export interface RunningLook {
	readonly links: Promise<LinksSeen | undefined>;
	/** Call it after the links have been absorbed. */
	routes(): Promise<RouteLook | undefined>;
}

export interface LookOptions {
	readonly families: readonly Family[];
	/** Reads all links even if only one has changed. */
	readonly asksForAll: boolean;
	/** With at least this many links, a link is read without its addresses unless an event was about them. */
	readonly bareFrom: number;
}

/**
 * Starts to read what the wake asks for. Both promises reject with a SnapshotError. A look at all links asks for the routes at the same
 * time, so that both fit together. A look at a few links asks for the routes afterwards, so that the question does not delay the links.
 */
export function startLook(probe: Probe, wake: Wake, table: InterfaceTable, options: LookOptions): RunningLook {
	if (wake.all || wake.namesStale || namesMayBeStale(wake.links, table)) probe.forgetNames();
	const links = wake.all || wake.links.size > 0 ? readChangedLinks(probe, wake, table, options) : Promise.resolve(undefined);
	const readRoutes = async () => (wake.all || wake.routes ? readAllRoutes(probe, options.families) : undefined);
	const early = asksForAll(wake, options) ? readRoutes() : undefined;
	// Each is awaited later; until then a rejection must not count as unhandled.
	links.catch(() => undefined);
	early?.catch(() => undefined);
	return {links, routes: () => early ?? readRoutes()};
}

function asksForAll({all, links}: Wake, options: LookOptions): boolean {
	return all || links.size > (options.asksForAll ? 0 : mostSingleLinks);
}

/** `ip` never clears its cache of names (lib/ll_map.c): it is wrong after a rename, a deletion, or the reuse of a name. */
function namesMayBeStale(links: Wake['links'], table: InterfaceTable): boolean {
	if (links.size === 0) return false;
	let taken: Set<string> | undefined;
	for (const [ifindex, doorbell] of links) {
		if (doorbell.deleted || doorbell.reborn) return true;
		const known = table.get(ifindex);
		const name = nameOf(doorbell, known?.link);
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
	const {complete, unread = []} = dump;
	const seen = withKnownDetails(dump, table);
	const rest = {addressesMayLack: !complete, reborn, discontinuous, complete, ...(unread.length === 0 ? {} : {unread})};
	if (complete && unread.length === 0) return {seen, gone: new Set(), exhaustive: true, ...rest};
	const present = new Set([...seen, ...unread].map(({ifindex}) => ifindex));
	const missing = [...table.keys(), ...wake.links.keys()].filter((ifindex) => !present.has(ifindex));
	if (complete && !present.has(undefined)) return {seen, gone: new Set(missing), exhaustive: false, ...rest};
	const {found, gone} = await askForUnseen(probe, new Set(missing), table);
	return {seen: [...seen, ...found], gone, exhaustive: false, ...rest};
}

/**
 * Asks by index (`ifN`) for links that the dump may lack: known links, and links that an event was about. A rename cannot mislead a
 * question by index. A link whose answer is unclear counts as there.
 */
async function askForUnseen(
	probe: Probe,
	unseen: ReadonlySet<number>,
	table: InterfaceTable,
): Promise<{found: readonly Link[]; gone: ReadonlySet<number>}> {
	const found: Link[] = [];
	const gone = new Set<number>();
	for (const ifindex of unseen) {
		const answer = await probe.readLink(`if${ifindex}`);
		if (answer === undefined) continue;
		if (answer.entries.length === 0 && answer.complete && answer.unread === undefined) gone.add(ifindex);
		found.push(...withKnownDetails(answer, table).filter((link) => link.ifindex === ifindex));
	}
	return {found, gone};
}

async function readAllRoutes(probe: Probe, families: readonly Family[]): Promise<RouteLook> {
	const dumps = await Promise.all(
		families.map(async (family) => [family, await readUninterrupted(() => probe.readRoutes(family))] as const),
	);
	return {
		byFamily: new Map(dumps.map(([family, dump]) => [family, dump.entries])),
		complete: dumps.every(([, dump]) => dump.complete),
	};
}
