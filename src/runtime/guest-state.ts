import {isObject} from '../json/fields.js';

interface GuestInterface {
	readonly name: string;
	readonly hwaddr: string;
	readonly addresses: readonly string[];
}

/**
 * Reads what tells of a guest: JSON documents one after the other, each a list as `ip -j addr`, `ip -j route`, or kata-runtime's
 * `list-ifaces` and `list-routes` print it. Throws where it is none of these.
 */
export function readGuestState(text: string): {interfaces: GuestInterface[]; routes: string[]} {
	const entries = documentsIn(text).flatMap((document) => {
		if (!Array.isArray(document)) throw new Error('it prints JSON that is no list');
		const list: unknown[] = document;
		return list;
	});
	const interfaces: GuestInterface[] = [];
	const routes: string[] = [];
	for (const entry of entries) {
		if (!isObject(entry)) throw new Error('it prints a list of what are no objects');
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

/** Cuts where a document at the outermost level ends. */
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
	if (text.slice(start).trim() !== '') throw new Error('it prints something that is no JSON');
	return documents;
}
