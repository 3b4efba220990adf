import {isObject} from '../json/fields.js';

interface GuestInterface {
	readonly name: string;
	readonly hwaddr: string;
	readonly addresses: readonly string[];
}

/**
 * Reads descriptions of a guest: JSON documents one after the other. Each is a list as printed by `ip -j addr`, `ip -j route`, or
 * kata-runtime's `list-ifaces` and `list-routes`. Throws if it is none of these.
 */
export function readGuestState(text: string): {interfaces: GuestInterface[]; routes: string[]} {
	const entries = documentsIn(text).flatMap((document) => {
		if (!Array.isArray(document)) throw new Error('it prints JSON that is not a list');
		const list: unknown[] = document;
		return list;
	});
	const interfaces: GuestInterface[] = [];
	const routes: string[] = [];
	for (const entry of entries) {
		if (!isObject(entry)) throw new Error('it prints a list whose entries are not objects');
		const {ifname, Name, dst, Dest} = entry;
		const name = ifname ?? Name;
		if (typeof name === 'string') {
			if (name !== 'lo') interfaces.push({name, hwaddr: textIn(entry, 'address', 'HwAddr'), addresses: addressesIn(entry)});
		} else if (typeof dst === 'string') {
			if (entry['protocol'] !== 'kernel') routes.push(dst);
		} else if (typeof Dest === 'string') routes.push(Dest);
		else throw new Error('it prints an entry that is neither an interface nor a route');
	}
	return {interfaces, routes};
}

function addressesIn(entry: Readonly<Record<string, unknown>>): string[] {
	const given = entry['addr_info'] ?? entry['IPAddresses'];
	const list: unknown[] = Array.isArray(given) ? given : [];
	return list.flatMap((address) => {
		if (!isObject(address)) return [];
		const mask = address['prefixlen'] ?? address['Mask'];
		return [`${textIn(address, 'local', 'Address')}/${String(mask)}`];
	});
}

function textIn(entry: Readonly<Record<string, unknown>>, one: string, other: string): string {
	const value = entry[one] ?? entry[other];
	return typeof value === 'string' ? value : '';
}

/** Splits where a top-level document ends. */
function documentsIn(text: string): unknown[] {
	const documents: unknown[] = [];
	let depth = 0;
	let start = 0;
	for (const {0: token, index} of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
		if (token === '[' || token === '{') depth += 1;
		if (token !== ']' && token !== '}') continue;
		depth -= 1;
		if (depth > 0) continue;
		documents.push(JSON.parse(text.slice(start, index + 1)));
		start = index + 1;
	}
	if (text.slice(start).trim() !== '') throw new Error('it prints something that is not JSON');
	return documents;
}
