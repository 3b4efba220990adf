import {identityKey, type TrackedLink} from '../model/interface-table.js';
import {addressKey, type Link} from '../model/link.js';
import {hardwareAddress} from '../text/hardware-address.js';
import {type LinkNature, natureOf} from './link-nature.js';
import {isRuntimesOwn} from './rules.js';
import {equalLinks, sameLink} from './same-link.js';

/** What one look read of the links. */
export interface LinkLook {
	/** Links seen, known or new. */
	readonly seen: readonly Link[];
	/** Indices known to be gone. */
	readonly gone: ReadonlySet<number>;
	/** A complete dump: known links that are not seen are gone. */
	readonly exhaustive: boolean;
	/** Addresses may be missing (an interrupted dump): none counts as gone. */
	readonly addressesMayLack: boolean;
	/** Indices with a deletion event since the last look: a link seen there now is a new one. */
	readonly reborn: ReadonlySet<number>;
	/** Events were missed before this look: an index may have been deleted and reused without an event. */
	readonly discontinuous: boolean;
	/** Only for a look of the poll: whether an event reported a link. A changed link that none reported changed without an event. */
	readonly heard?: (ifindex: number) => boolean;
	/** Hardware addresses under which the guest knows links, by identity. Only used if events were missed. Absent if there is no guest. */
	readonly announced?: ReadonlyMap<string, string>;
	/** The number of the look, used as incarnation of links that are new in it. */
	readonly serial: number;
}

/** What is known about a link after a look saw it. An unknown link is new since the start. */
export function trackLink(known: TrackedLink | undefined, seen: Link, look: LinkLook, now: number): TrackedLink {
	if (known === undefined) return {link: seen, incarnation: look.serial, sinceStart: false, changedAt: now};
	const link = look.addressesMayLack ? withKnownAddresses(known.link, seen) : seen;
	const unheard = look.discontinuous || look.heard?.(link.ifindex) === false;
	if (look.reborn.has(link.ifindex) || isOtherLink(natureOf(known.link), natureOf(link), unheard) || isStrangeToGuest(known, link, look)) {
		return {link: seen, incarnation: look.serial, sinceStart: false, changedAt: now};
	}
	const next: TrackedLink = known.link.address === link.address ? known : {...known, doubtful: true};
	if (known.link === link || equalLinks(known.link, link)) return next;
	if (sameLink(known.link, link)) return {...next, link};
	// Renamed out of the runtime's own names: counts as new (docs/rules.md, rule 3).
	const sinceStart = known.sinceStart && !(isRuntimesOwn(known.link.ifname) && !isRuntimesOwn(link.ifname));
	return {...next, link, sinceStart, changedAt: now};
}

/**
 * Whether this index now belongs to another link. A living link never changes its kind. It may change its hardware address. But if events
 * were missed, another address counts as a new link, because the guest identifies links by nothing else.
 */
export function isOtherLink(known: LinkNature, seen: LinkNature, unheard: boolean): boolean {
	return known.kind !== seen.kind || (unheard && known.hwaddr !== seen.hwaddr);
}

/**
 * Whether the guest knows the link under another hardware address, or not at all. Used if events were missed: an apparent change of the
 * address may have been another link, whose deletion event was lost. A confirmed change is a real one.
 */
function isStrangeToGuest(
	{link: {ifindex}, incarnation, doubtful}: TrackedLink,
	seen: Link,
	{announced, discontinuous}: LinkLook,
): boolean {
	if (!discontinuous || !doubtful || announced === undefined) return false;
	return announced.get(identityKey({ifindex, incarnation})) !== hardwareAddress(seen.address);
}

function withKnownAddresses(known: Link, seen: Link): Link {
	const present = new Set(seen.addr_info.map(addressKey));
	const lacking = known.addr_info.filter((address) => !present.has(addressKey(address)));
	return lacking.length === 0 ? seen : {...seen, addr_info: [...seen.addr_info, ...lacking]};
}
