import type {InterfaceChange} from '../model/change.js';
import type {Link} from '../model/link.js';
import type {LinkDelta} from '../model/picture.js';
import {describeDifferences, linkFacts} from './describe.js';
import {sameLink} from './same-link.js';

/** What a delta says of interfaces: first those that went, then those that came or changed. */
export function interfaceChanges(links: readonly LinkDelta[]): InterfaceChange[] {
	const removed = links.flatMap(({before, after}) =>
		before !== undefined && before.incarnation !== after?.incarnation ? [interfaceChange('removed', before.link)] : [],
	);
	return removed.concat(links.flatMap((delta) => arrivalOrChange(delta) ?? []));
}

function arrivalOrChange({before, after}: LinkDelta): InterfaceChange | undefined {
	if (after === undefined) return undefined;
	if (before === undefined || before.incarnation !== after.incarnation) return interfaceChange('added', after.link);
	if (sameLink(before.link, after.link)) return undefined;
	return {...interfaceChange('changed', after.link), differences: describeDifferences(linkFacts(before.link), linkFacts(after.link))};
}

export function interfaceChange(action: InterfaceChange['action'], link: Link): InterfaceChange {
	return {type: 'interface', action, ifindex: link.ifindex, ifname: link.ifname, interface: link};
}
