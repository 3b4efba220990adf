import type {AnnouncedInterface} from '../model/announced.js';
import type {NamespaceState} from '../model/watch-state.js';
import {parsePrefix, prefixKey} from '../text/ip-prefix.js';
import {guestOf} from './guest.js';

/** The part of a guest that is compared. */
export interface GuestState {
	readonly interfaces: readonly {readonly name: string; readonly hwaddr: string; readonly addresses: readonly string[]}[];
	/** Destinations; `default` for the default routes. Routes that the guest's kernel made are left out. */
	readonly routes: readonly string[];
}

/** One interface or route on the three sides. */
export interface Comparison {
	readonly what: string;
	readonly namespace: string | null;
	readonly announced: string | null;
	/** Absent if no guest was asked. */
	readonly guest?: string | null;
	readonly differs: boolean;
}

/** Compares namespace, announced and guest side by side. */
export function sideBySide(state: NamespaceState, guest: GuestState | undefined): Comparison[] {
	return [...compareInterfaces(state, guest), ...(guest === undefined ? [] : compareRoutes(state, guest))];
}

function compareInterfaces({interfaces, announced, decisions}: NamespaceState, guest: GuestState | undefined): Comparison[] {
	const rows: Comparison[] = [];
	const inGuest = new Set(guest?.interfaces);
	const seen = new Set<AnnouncedInterface>();
	const guestText = (entry: AnnouncedInterface | undefined): {same: boolean; text: string | null} => {
		const found = [...inGuest].find(
			({hwaddr, name}) => entry !== undefined && hwaddr === entry.record.hwaddr && name === entry.record.name,
		);
		if (found === undefined) return {same: entry === undefined, text: null};
		inGuest.delete(found);
		const has = new Set(found.addresses);
		return {same: addressesOf(entry).every((address) => has.has(address)), text: textOf(found.hwaddr, found.addresses)};
	};
	for (const {subject, decision, code} of decisions) {
		if (!('interface' in subject) || code === 'loopback' || code === 'runtimes-own' || code === 'gone') continue;
		const link = interfaces.find(({ifindex}) => ifindex === subject.ifindex);
		const entry = announced?.interfaces.find(({ifindex}) => ifindex === subject.ifindex);
		if (entry !== undefined) seen.add(entry);
		const {same, text} = guestText(entry);
		const agreed = decision === 'not-announced' || (decision === 'announced' && code === 'announced');
		const addresses = link?.addr_info.map(({local, prefixlen}) => `${local}/${prefixlen}`) ?? [];
		rows.push({
			what: subject.interface,
			namespace: link === undefined ? null : textOf(link.address, addresses),
			announced: entry === undefined ? null : textOf(entry.record.hwaddr, addressesOf(entry)),
			...(guest === undefined ? {} : {guest: text}),
			differs: !agreed || (guest !== undefined && !same),
		});
	}
	for (const entry of announced?.interfaces ?? []) {
		if (seen.has(entry)) continue;
		const {text} = guestText(entry);
		const side = textOf(entry.record.hwaddr, addressesOf(entry));
		rows.push({what: entry.record.name, namespace: null, announced: side, ...(guest === undefined ? {} : {guest: text}), differs: true});
	}
	for (const {name, hwaddr, addresses} of inGuest) {
		rows.push({what: name, namespace: null, announced: null, guest: textOf(hwaddr, addresses), differs: true});
	}
	return rows;
}

/** Compares routes by destination: only a fingerprint is kept of the routes that were announced. */
function compareRoutes({announced, decisions}: NamespaceState, guest: GuestState): Comparison[] {
	const wanted = new Set<string>();
	// The guest may have a link route to each gateway. It came with the route by that gateway.
	const gateways = new Set<unknown>();
	for (const {subject, decision, facts} of decisions) {
		if (!('route' in subject) || !decision.startsWith('sent')) continue;
		wanted.add(plain(subject.route));
		gateways.add(subject.gateway).add(facts['gateway']);
	}
	// A runtime's list of routes includes those that the guest's kernel made, and does not mark them.
	const {ownRoutes} = guestOf(new Map(), announced?.interfaces ?? []);
	const isOwn = (dst: string) => dst === 'fe80::/64' || (dst !== 'default' && ownRoutes.has(prefixKey(parsePrefix(dst))));
	const has = new Set(guest.routes.map(plain).filter((dst) => wanted.has(dst) || !(gateways.has(dst) || isOwn(dst))));
	return [...new Set([...wanted, ...has])].map((what) => {
		const sent = wanted.has(what) ? 'sent' : null;
		return {what, namespace: sent, announced: sent, guest: has.has(what) ? 'there' : null, differs: wanted.has(what) !== has.has(what)};
	});
}

/** `ip` prints a host destination without its prefix length. */
function plain(dst: string): string {
	if (dst === '' || dst === '0.0.0.0/0' || dst === '::/0') return 'default';
	return dst.replace(dst.includes(':') ? /\/128$/ : /\/32$/, '');
}

function addressesOf(entry: AnnouncedInterface | undefined): string[] {
	return entry?.record.addresses.map(({address, mask}) => `${address}/${mask}`) ?? [];
}

function textOf(hwaddr: string, addresses: readonly string[]): string {
	return [hwaddr, ...addresses].filter((part) => part !== '').join(' ');
}
