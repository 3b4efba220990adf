import type {InterfaceChange} from '../model/change.js';
import type {InterfaceTable, TrackedLink} from '../model/interface-table.js';
import {isRunning, type Link} from '../model/link.js';
import {describeDifferences, linkFacts} from './describe.js';
import {compareTables} from './table-difference.js';

/** Every interface that came, went or changed between two interface tables: first what went, then what is there. */
export function diffInterfaces(before: InterfaceTable, after: InterfaceTable): InterfaceChange[] {
	const {moved, gone} = compareTables(before, after);
	const replaced = moved.flatMap((pair) =>
		pair.before === undefined || pair.before.incarnation === pair.after.incarnation ? [] : [pair.before],
	);
	const removed = [...gone, ...replaced].map(({link}) => interfaceChange('removed', link));
	return [...removed, ...moved.flatMap((pair) => changeOf(pair.before, pair.after) ?? [])];
}

function changeOf(before: TrackedLink | undefined, after: TrackedLink): InterfaceChange | undefined {
	if (before === undefined || before.incarnation !== after.incarnation) return interfaceChange('added', after.link);
	if (sameLink(before.link, after.link)) return undefined;
	return {
		...interfaceChange('changed', after.link),
		// Worked out when it is read: a daemon that writes no changes never does.
		get differences() {
			return describeDifferences(linkFacts(before.link), linkFacts(after.link));
		},
	};
}

export function interfaceChange(action: InterfaceChange['action'], link: Link): InterfaceChange {
	return {type: 'interface', action, ifindex: link.ifindex, ifname: link.ifname, interface: link};
}

/** Whether nothing that is worth a change differs; cheap, for it is asked for every link of every dump. */
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
		sameAddresses(a, b)
	);
}

/** Order counts: the first address is the one that the kernel prefers as a source. */
function sameAddresses(a: Link, b: Link): boolean {
	if (a.addr_info.length !== b.addr_info.length) return false;
	return a.addr_info.every((address, index) => {
		const other = b.addr_info[index];
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
