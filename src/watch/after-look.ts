import type {InterfaceTable} from '../model/interface-table.js';
import type {Delta, LinkDelta} from '../model/picture.js';
import type {Route} from '../model/route.js';
import type {LinksSeen} from './look.js';
import type {Wake} from './wake.js';

/** What a look of the links leaves to the next looks. */
export interface AfterLinks {
	/** Links that are gone, and whose deletion no event has reported yet. */
	readonly vanished: readonly number[];
	/** Links that are to be taken for new ones, and that this look has not seen. */
	readonly unseen: readonly number[];
	/** A link has a new name that no event had reported when the look began: routes may be known under the old one. */
	readonly renamedUnheard: boolean;
}

export function afterLinks(links: readonly LinkDelta[], table: InterfaceTable, seen: LinksSeen, wake: Wake): AfterLinks {
	const inDump = new Set(seen.seen.map(({ifindex}) => ifindex));
	const vanished: number[] = [];
	let renamedUnheard = false;
	for (const {ifindex, before, after} of links) {
		// Where events were missed, that of the deletion need not come: the next one may be of another link.
		if (after === undefined && !seen.reborn.has(ifindex) && !seen.discontinuous) vanished.push(ifindex);
		if (before === undefined || after === undefined || before.link.ifname === after.link.ifname) continue;
		// Its event, when it comes, will find nothing new.
		if (wake.links.get(ifindex)?.name !== after.link.ifname) renamedUnheard = true;
	}
	const unseen = [...seen.reborn].filter((ifindex) => table.has(ifindex) && !inDump.has(ifindex));
	return {vanished, unseen, renamedUnheard};
}

/** Whether a route that came names a link that the table does not have: it came, or was renamed, between two answers. */
export function namesUnknownLink(routes: Delta['routes'], table: InterfaceTable): boolean {
	const devices = new Set<string>();
	for (const {added} of routes.values()) for (const route of added) for (const name of devicesOf(route)) devices.add(name);
	if (devices.size === 0) return false;
	for (const {link} of table.values()) devices.delete(link.ifname);
	return devices.size > 0;
}

function devicesOf({dev, nexthops = []}: Route): string[] {
	return [{dev}, ...nexthops].flatMap((hop) => (hop.dev === undefined ? [] : [hop.dev]));
}
