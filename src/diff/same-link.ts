import {type Address, isRunning, type Link} from '../model/link.js';

/** Whether two links are equal in everything that makes an event. It is cheap, because it runs for every link of a full dump. */
export function sameLink(a: Link, b: Link): boolean {
	if (a === b) return true;
	return (
		a.ifname === b.ifname &&
		a.mtu === b.mtu &&
		a.address === b.address &&
		a.link_kind === b.link_kind &&
		a.master === b.master &&
		a.flags.includes('UP') === b.flags.includes('UP') &&
		isRunning(a) === isRunning(b) &&
		sameAddresses(a.addr_info, b.addr_info)
	);
}

/** Whether the two records are equal in every field. */
export function equalLinks(a: Link, b: Link): boolean {
	return (
		sameLink(a, b) &&
		a.operstate === b.operstate &&
		a.link_type === b.link_type &&
		a.broadcast === b.broadcast &&
		a.link === b.link &&
		a.link_index === b.link_index &&
		a.link_netnsid === b.link_netnsid &&
		a.ifalias === b.ifalias &&
		sameStrings(a.flags, b.flags) &&
		sameStrings(a.altnames, b.altnames) &&
		equalEntries(a.addr_info, b.addr_info)
	);
}

function sameStrings(a: readonly string[], b: readonly string[]): boolean {
	return a === b || (a.length === b.length && a.every((text, index) => text === b[index]));
}

function equalEntries(a: readonly Address[], b: readonly Address[]): boolean {
	return a.every((address, index) => {
		const other = b[index];
		return (
			other !== undefined &&
			address.label === other.label &&
			address.dynamic === other.dynamic &&
			address.tentative === other.tentative &&
			address.dadfailed === other.dadfailed &&
			address.deprecated === other.deprecated
		);
	});
}

/** Order counts: the kernel prefers the first address as the source. */
function sameAddresses(a: readonly Address[], b: readonly Address[]): boolean {
	if (a === b) return true;
	if (a.length !== b.length) return false;
	return a.every((address, index) => {
		const other = b[index];
		return (
			other !== undefined &&
			address.local === other.local &&
			address.prefixlen === other.prefixlen &&
			address.family === other.family &&
			address.scope === other.scope &&
			address.address === other.address
		);
	});
}
