import type {Announced} from '../model/announced.js';
import {type InterfaceTable, identityKey, type TrackedLink} from '../model/interface-table.js';
import type {Link} from '../model/link.js';
import type {RememberedLink, WatchState} from '../model/state.js';
import {natureOf} from './link-nature.js';
import {isOtherLink} from './track-link.js';

/** What a restart needs to know of the links: those that are announced, and those that still wait. */
export function rememberLinks(table: InterfaceTable, announced: Announced): RememberedLink[] {
	const entries = new Map(announced.interfaces.map((entry) => [identityKey(entry), entry]));
	const remembered: RememberedLink[] = [];
	for (const {link, incarnation, sinceStart, doubtful} of table.values()) {
		const {ifindex} = link;
		const {kind, hwaddr} = natureOf(link);
		const entry = entries.get(identityKey({ifindex, incarnation}));
		if (!sinceStart && entry === undefined) continue;
		// What must still be true of it when it is seen again; in doubt, what the guest knows.
		const known = doubtful && entry !== undefined ? entry.record.hwaddr : hwaddr;
		remembered.push({ifindex, incarnation, hwaddr: known, kind, sinceStart});
	}
	return remembered;
}

/**
 * The interface table of the first look after a restart. What happened in between nobody
 * has seen: a link is the same when its index, kind and hardware address are.
 */
export function recallTable(links: readonly Link[], state: WatchState, serial: number, now: number): InterfaceTable {
	const known = new Map(state.links.map((link) => [link.ifindex, link]));
	return new Map(
		links.map((link): [number, TrackedLink] => {
			const remembered = known.get(link.ifindex);
			if (remembered === undefined || isOtherLink(remembered, natureOf(link), true)) {
				return [link.ifindex, {link, incarnation: serial, sinceStart: false, changedAt: now}];
			}
			const {incarnation, sinceStart} = remembered;
			return [link.ifindex, {link, incarnation, sinceStart, changedAt: now}];
		}),
	);
}
