import {identityKey, type TrackedLink} from '../model/interface-table.js';
import type {Link} from '../model/link.js';
import {hardwareAddress} from '../text/hardware-address.js';
import {type LinkNature, natureOf} from './link-nature.js';
import {isRuntimesOwn} from './rules.js';
import {equalLinks, sameLink} from './same-link.js';

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
	/** Of a look by the poll: whether an event has reported a link. Any other that has changed has done so unheard. */
	readonly heard?: (ifindex: number) => boolean;
	/** Hardware addresses under which the guest knows links, by identity; of use only where events were missed. */
	readonly announced?: ReadonlyMap<string, string>;
	/** Counts looks; the incarnation of the links that this one finds new. */
	readonly serial: number;
}

/** What is known of a link after a look has seen it. A link seen for the first time is new since the start. */
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
	// Renamed out of the runtime's own names: new (docs/rules.md, rule 3).
	const sinceStart = known.sinceStart && !(isRuntimesOwn(known.link.ifname) && !isRuntimesOwn(link.ifname));
	return {...next, link, sinceStart, changedAt: now};
}

/**
 * Whether what has this index now is another link. A living link never changes its kind. It may
 * change its hardware address; where events were missed that counts as a new link all the same, for
 * the guest tells links apart by nothing else.
 */
export function isOtherLink(known: LinkNature, seen: LinkNature, unheard: boolean): boolean {
	return known.kind !== seen.kind || (unheard && known.hwaddr !== seen.hwaddr);
}

/**
 * Whether the guest knows it under another hardware address or not at all, where events were missed: what had
 * looked like a change of the address may have been another link, whose events came and the
 * deletion's did not. A change that was confirmed is one.
 */
function isStrangeToGuest(
	{link: {ifindex}, incarnation, doubtful}: TrackedLink,
	seen: Link,
	{announced, discontinuous}: LinkLook,
): boolean {
	if (!discontinuous || !doubtful) return false;
	return announced?.get(identityKey({ifindex, incarnation})) !== hardwareAddress(seen.address);
}

function withKnownAddresses(known: Link, seen: Link): Link {
	const lacking = known.addr_info.filter(
		(address) => !seen.addr_info.some(({local, prefixlen}) => local === address.local && prefixlen === address.prefixlen),
	);
	return lacking.length === 0 ? seen : {...seen, addr_info: [...seen.addr_info, ...lacking]};
}
