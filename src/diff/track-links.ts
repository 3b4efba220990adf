import {type InterfaceTable, identityKey, type TrackedLink} from '../model/interface-table.js';
import type {Link} from '../model/link.js';
import {sameLink} from './link-changes.js';
import {isRuntimesOwn} from './rules.js';
import {compareTables, differenceAt} from './table-difference.js';

/** What one look has told of the links. */
export interface LinkLook {
	/** Links seen, whether or not they are known. */
	readonly seen: readonly Link[];
	/** Indices known to be gone. */
	readonly gone: ReadonlySet<number>;
	/** A complete dump: what is neither seen nor known otherwise is gone. */
	readonly exhaustive: boolean;
	/** The addresses may be incomplete (an interrupted dump): none is concluded to be gone. */
	readonly addressesMayLack: boolean;
	/** Indices whose deletion was announced since the look before: what is seen there now is a new link. */
	readonly reborn: ReadonlySet<number>;
	/** Events were missed before this look: an index may have been deleted and used again unheard. */
	readonly discontinuous: boolean;
	/** Of a look by the poll: the links that events had told of. Any other that has changed has done so unheard. */
	readonly heard?: ReadonlyMap<number, unknown>;
	/** Hardware addresses under which the guest knows links, by identity; of use only where events were missed. */
	readonly told?: ReadonlyMap<string, string>;
	/** Counts looks; the incarnation of the links that this one finds new. */
	readonly serial: number;
}

/** The interface table after a look. Links seen for the first time are new since the start. */
export function trackLinks(table: InterfaceTable, look: LinkLook, now: number): InterfaceTable {
	const next = new Map<number, TrackedLink>(look.exhaustive ? [] : table);
	for (const ifindex of look.gone) next.delete(ifindex);
	for (const link of look.seen) next.set(link.ifindex, trackOne(table.get(link.ifindex), link, look, now));
	// Of a thousand links, an event has named one.
	if (!look.exhaustive)
		compareTables.know(table, next, differenceAt([...look.gone, ...look.seen.map(({ifindex}) => ifindex)], table, next));
	return next;
}

/** The interface table of the very first look. */
export function trackFirst(links: readonly Link[], now: number): InterfaceTable {
	return new Map(links.map((link) => [link.ifindex, {link, incarnation: 0, sinceStart: true, changedAt: now}]));
}

function trackOne(known: TrackedLink | undefined, seen: Link, look: LinkLook, now: number): TrackedLink {
	if (known === undefined) return {link: seen, incarnation: look.serial, sinceStart: false, changedAt: now};
	const link = look.addressesMayLack ? withKnownAddresses(known.link, seen) : seen;
	const unheard = look.discontinuous || look.heard?.has(link.ifindex) === false;
	if (look.reborn.has(link.ifindex) || isOtherLink(known.link, link, unheard) || isStrangeToGuest(known, link, look)) {
		return {link: seen, incarnation: look.serial, sinceStart: false, changedAt: now};
	}
	const next: TrackedLink = known.link.hwaddr === link.hwaddr ? known : {...known, doubtful: true};
	if (sameLink(known.link, link)) return next.link === link ? next : {...next, link};
	// Renamed out of the runtime's own names: new (docs/rules.md, rule 3).
	const sinceStart = known.sinceStart && !(isRuntimesOwn(known.link.ifname) && !isRuntimesOwn(link.ifname));
	return {...next, link, sinceStart, changedAt: now};
}

/** The table once a whole picture, and no sign that an event was missed before it, has confirmed it. */
export function confirmLinks(table: InterfaceTable): InterfaceTable {
	if (![...table.values()].some(({doubtful}) => doubtful)) return table;
	return new Map([...table].map(([ifindex, {doubtful: _, ...confirmed}]) => [ifindex, confirmed]));
}

/**
 * Whether what has this index now is another link. A living link never changes its kind. It may
 * change its hardware address; where events were missed that counts as a new link all the same, for
 * the guest tells links apart by nothing else.
 */
export function isOtherLink(known: Pick<Link, 'kind' | 'hwaddr'>, seen: Pick<Link, 'kind' | 'hwaddr'>, unheard: boolean): boolean {
	return known.kind !== seen.kind || (unheard && known.hwaddr !== seen.hwaddr);
}

/**
 * Whether the guest knows it under another hardware address or not at all, where events were missed: what had
 * looked like a change of the address may have been another link, whose events came and the
 * deletion's did not. A change that was confirmed is one.
 */
function isStrangeToGuest({link: {ifindex}, incarnation, doubtful}: TrackedLink, seen: Link, {told, discontinuous}: LinkLook): boolean {
	if (!discontinuous || !doubtful) return false;
	return told?.get(identityKey({ifindex, incarnation})) !== seen.hwaddr;
}

function withKnownAddresses(known: Link, seen: Link): Link {
	const lacking = known.addresses.filter(
		(address) => !seen.addresses.some(({local, prefixlen}) => local === address.local && prefixlen === address.prefixlen),
	);
	return lacking.length === 0 ? seen : {...seen, addresses: [...seen.addresses, ...lacking]};
}
