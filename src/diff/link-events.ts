import {interfaceName, interfaceRecord} from '../model/event.js';
import {type Address, addressKey, type Link} from '../model/link.js';
import type {LinkDelta, LookFacts} from '../model/picture.js';
import type {Causes} from './causes.js';
import {addressDifferences, linkDifferences} from './differences.js';
import {causeOf, type Draft} from './draft.js';

type Left = Parameters<Causes['addressRemoved']>[3];

/** Events for what is there at the start: each interface, then its addresses. */
export function foundLinks(links: readonly LinkDelta[]): Draft[] {
	return links.flatMap(({after}) => {
		if (after === undefined) return [];
		const {link} = after;
		return [
			{body: {event: 'interface-found', interface: interfaceRecord(link)}} as const,
			...link.addr_info.map((address) => ({body: {event: 'address-found', ...interfaceName(link), address}}) as const),
		];
	});
}

/** The events for changed links. Notes in `causes` what may remove routes. */
export function linkEvents(links: readonly LinkDelta[], look: LookFacts, causes: Causes): Draft[] {
	return links.flatMap(({before, after}) => {
		if (before === undefined || after === undefined || before.incarnation !== after.incarnation) {
			return [
				...(before === undefined ? [] : removedLink(before.link, look, causes)),
				...(after === undefined ? [] : addedLink(after.link, look, causes)),
			];
		}
		return before.link === after.link ? [] : changedLink(before.link, after.link, look, causes);
	});
}

function removedLink(link: Link, look: LookFacts, causes: Causes): Draft[] {
	const cause = causeOf(look, link.ifindex);
	const removed: Draft = {body: {event: 'interface-removed', interface: interfaceRecord(link), cause}};
	causes.interfaceRemoved(removed, link);
	return [removed, ...link.addr_info.map((address) => removedAddress(link, address, look, causes, {left: 'some', because: removed}))];
}

function addedLink(link: Link, look: LookFacts, causes: Causes): Draft[] {
	causes.interfaceAdded(link);
	const cause = causeOf(look, link.ifindex);
	return [
		{body: {event: 'interface-added', interface: interfaceRecord(link), cause}},
		...link.addr_info.map((address) => addedAddress(link, address, look, causes)),
	];
}

function changedLink(before: Link, after: Link, look: LookFacts, causes: Causes): Draft[] {
	const changes = linkDifferences(before, after);
	if (changes.length === 0) return addressEvents(before, after, look, causes, undefined);
	const changed: Draft = {
		body: {event: 'interface-changed', interface: interfaceRecord(after), changes, cause: causeOf(look, after.ifindex)},
	};
	causes.interfaceChanged(changed, before, after);
	const wentDown = before.flags.includes('UP') && !after.flags.includes('UP');
	return [changed, ...addressEvents(before, after, look, causes, wentDown ? changed : undefined)];
}

/** @param down the event of the interface going down, which removes IPv6 addresses (addrconf_ifdown, net/ipv6/addrconf.c) */
function addressEvents(before: Link, after: Link, look: LookFacts, causes: Causes, down: Draft | undefined): Draft[] {
	if (before.addr_info === after.addr_info) return [];
	const known = new Map(before.addr_info.map((address) => [addressKey(address), address]));
	const events: Draft[] = [];
	for (const address of after.addr_info) {
		const old = known.get(addressKey(address));
		known.delete(addressKey(address));
		if (old === undefined) {
			events.push(addedAddress(after, address, look, causes));
			continue;
		}
		const changes = addressDifferences(old, address);
		if (changes.length > 0) {
			events.push({body: {event: 'address-changed', ...interfaceName(after), address, changes, cause: causeOf(look, after.ifindex)}});
		}
	}
	const removed = [...known.values()].map((address) => {
		const because = address.family === 'inet6' ? down : undefined;
		return removedAddress(after, address, look, causes, {left: leftOf(address.family, before, after, look), because});
	});
	return [...removed, ...events];
}

/** What is left of the addresses of a family. If lines of the monitor may be missing, new addresses prove nothing. */
function leftOf(family: Address['family'], before: Link, after: Link, {cause}: LookFacts): Left {
	const now = after.addr_info.filter((address) => address.family === family);
	if (now.length === 0) return 'nothing';
	const old = new Set(before.addr_info.map(addressKey));
	return cause === 'event' && !now.some((address) => old.has(addressKey(address))) ? 'only others' : 'some';
}

function addedAddress(link: Link, address: Address, look: LookFacts, causes: Causes): Draft {
	causes.addressAdded(address);
	return {body: {event: 'address-added', ...interfaceName(link), address, cause: causeOf(look, link.ifindex)}};
}

function removedAddress(
	link: Link,
	address: Address,
	look: LookFacts,
	causes: Causes,
	{left, because}: {readonly left: Left; readonly because: Draft | undefined},
): Draft {
	const body = {event: 'address-removed', ...interfaceName(link), address, cause: causeOf(look, link.ifindex)} as const;
	const draft = because === undefined ? {body} : {body, because};
	causes.addressRemoved(draft, link.ifname, address, left);
	return draft;
}
