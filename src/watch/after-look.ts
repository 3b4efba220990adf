import type {InterfaceTable} from '../model/interface-table.js';
import type {Delta, LinkDelta} from '../model/picture.js';
import type {LinksSeen} from './look.js';
import type {Wake} from './wake.js';

/** What a look at the links leaves for later looks. */
export interface AfterLinks {
	/** Links that are gone or replaced, before all events of that have arrived. */
	readonly vanished: readonly number[];
	/** Links to treat as new ones as soon as a look sees them. This look did not. */
	readonly unseen: readonly number[];
	/** A link was renamed and no event had said so when the look began: routes may have been read under the old name. */
	readonly renamedUnheard: boolean;
	/** A bridge, bond or VRF was renamed: the kernel reports nothing about its ports, whose `master` is the new name. */
	readonly mastersStale: boolean;
}

export function afterLinks(links: readonly LinkDelta[], table: InterfaceTable, seen: LinksSeen, wake: Wake): AfterLinks {
	const inDump = new Set(seen.seen.map(({ifindex}) => ifindex));
	const vanished: number[] = [];
	let renamedUnheard = false;
	const oldNames = new Set<string | undefined>();
	for (const {ifindex, before, after} of links) {
		const isGone = before !== undefined && before.incarnation !== after?.incarnation;
		// After missed events, the deletion event may never come, and the next one may be about another link.
		if (isGone && !seen.reborn.has(ifindex) && !seen.discontinuous) vanished.push(ifindex);
		if (before === undefined || after === undefined || before.link.ifname === after.link.ifname) continue;
		oldNames.add(before.link.ifname);
		// When the event comes, it will find nothing new.
		if (wake.links.get(ifindex)?.name !== after.link.ifname) renamedUnheard = true;
	}
	const unseen = [...seen.reborn].filter((ifindex) => table.has(ifindex) && !inDump.has(ifindex));
	const mastersStale = oldNames.size > 0 && !seen.exhaustive && [...table.values()].some(({link}) => oldNames.has(link.master));
	return {vanished, unseen, renamedUnheard, mastersStale};
}

/** Whether a new route names a link that is not in the table: the link appeared, or was renamed, between the two reads. */
export function namesUnknownLink(routes: Delta['routes'], table: InterfaceTable): boolean {
	const devices = new Set<string | undefined>();
	for (const {added} of routes.values()) {
		for (const {dev, nexthops} of added) {
			devices.add(dev);
			for (const hop of nexthops ?? []) devices.add(hop.dev);
		}
	}
	devices.delete(undefined);
	for (const {link} of table.values()) devices.delete(link.ifname);
	return devices.size > 0;
}
