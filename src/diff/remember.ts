import type {Announced} from '../model/announced.js';
import {type InterfaceTable, identityKey, sameIdentity, type TrackedLink} from '../model/interface-table.js';
import type {Link} from '../model/link.js';
import type {LinkDelta} from '../model/picture.js';
import type {RememberedLink, SandboxState} from '../model/state.js';
import {natureOf} from './link-nature.js';
import {isOtherLink} from './track-link.js';

/** What a restart needs to know about links: those that are announced, and those that still wait. */
export function rememberLinks(table: InterfaceTable, announced: Announced): RememberedLink[] {
	const entries = new Map(announced.interfaces.map((entry) => [identityKey(entry), entry]));
	const remembered: RememberedLink[] = [];
	for (const {link, incarnation, sinceStart, doubtful} of table.values()) {
		const {ifindex} = link;
		const {kind, hwaddr} = natureOf(link);
		const entry = entries.get(identityKey({ifindex, incarnation}));
		if (!sinceStart && entry === undefined) continue;
		// What must still be true when the link is seen again. If in doubt, use what the guest knows.
		const known = doubtful && entry !== undefined ? entry.record.hwaddr : hwaddr;
		remembered.push({ifindex, incarnation, hwaddr: known, kind, sinceStart});
	}
	return remembered;
}

/**
 * Whether a look has changed what is remembered. A link that came after the start is remembered once it is announced. If one was
 * doubtful, a poll may have confirmed it since, which is no change of the link.
 *
 * @param before the table after the look before
 */
export function changesMemory(links: readonly LinkDelta[], before: InterfaceTable): boolean {
	return links.some(isRememberedOtherwise) || [...before.values()].some(({doubtful}) => doubtful);
}

function isRememberedOtherwise({before, after}: LinkDelta): boolean {
	if (before === undefined) return after?.sinceStart === true;
	if (after === undefined || before.incarnation !== after.incarnation) return true;
	return before.doubtful !== after.doubtful || before.link.address !== after.link.address || before.link.link_kind !== after.link.link_kind;
}

/**
 * The interface table of the first look after a restart. Nobody watched in between: a link counts as the same if its index, kind and
 * hardware address are.
 *
 * @param unread links that exist and that `ip` cannot show; one without an index may be any link
 */
export function recallTable(
	links: readonly Link[],
	unread: readonly {readonly ifindex?: number}[],
	state: SandboxState,
	serial: number,
	now: number,
): InterfaceTable {
	const known = new Map(state.links.map((link) => [link.ifindex, link]));
	const table = new Map(
		links.map((link): [number, TrackedLink] => {
			const remembered = known.get(link.ifindex);
			if (remembered === undefined || isOtherLink(remembered, natureOf(link), true)) {
				return [link.ifindex, {link, incarnation: serial, sinceStart: false, changedAt: now}];
			}
			const {incarnation, sinceStart} = remembered;
			return [link.ifindex, {link, incarnation, sinceStart, changedAt: now}];
		}),
	);
	const missing = new Set(unread.map(({ifindex}) => ifindex));
	for (const remembered of known.values()) {
		const {ifindex, incarnation, sinceStart} = remembered;
		if (table.has(ifindex) || !(missing.has(ifindex) || missing.has(undefined))) continue;
		table.set(ifindex, {link: asRemembered(remembered, state.announced), incarnation, sinceStart, changedAt: now});
	}
	return table;
}

/** A link that exists and cannot be read. It is taken as it was announced, so that nothing is concluded about it. */
function asRemembered(remembered: RememberedLink, {interfaces}: Announced): Link {
	const {ifindex, hwaddr, kind} = remembered;
	const record = interfaces.find((entry) => sameIdentity(entry, remembered))?.record;
	return {
		...{ifindex, ifname: record?.name ?? `if${ifindex}`, flags: [], mtu: record?.mtu ?? 0, operstate: 'UNKNOWN'},
		...{link_type: '', address: hwaddr, link_kind: kind, altnames: []},
		addr_info: (record?.addresses ?? []).map(({family, address, mask}) => ({
			...{family: family === 10 ? 'inet6' : 'inet', local: address, prefixlen: Number(mask), scope: 'global'},
		})),
	};
}
