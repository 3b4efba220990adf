import {isObject} from '../json/fields.js';
import {AddressDisguise, isHardwareAddress} from '../text/address-disguise.js';
import {NameDisguise} from '../text/name-disguise.js';
import {freeText, hardwareIn, networkIn, saidIn, tableIn, type Words} from './disguised-text.js';
import type {Recorded} from './recorded.js';

/** What a string in a recording is, by its key. A key without an entry has text that may hold anything. */
const kinds: Readonly<Record<string, Kind>> = {
	...of('kept', ['what', 'version', 'wall', 'profile', 'kind', 'op', 'standing', 'onChange', 'operstate', 'link_type', 'link_kind']),
	...of('kept', ['families', 'family', 'type', 'protocol', 'scope', 'flags', 'linkType', 'LinkType']),
	...of('kept', ['encap', 'tos', 'mask', 'Mask', 'metrics']),
	...of('name', ['ifname', 'name', 'Name', 'dev', 'Device', 'master', 'link', 'altnames', 'written']),
	...of('network', ['dst', 'from', 'gateway', 'prefsrc', 'host', 'local', 'Dest', 'Gateway', 'Source', 'Address']),
	...of('hardware', ['broadcast', 'hwaddr', 'HwAddr']),
	...of('label', ['label']),
	...of('table', ['table']),
	...of('said', ['said']),
	...of('question', ['question']),
	...of('payload', ['payload']),
	...of('silenced', ['stderr', 'ifalias']),
	...of('namespace', ['netns']),
};

type Kind = 'kept' | 'name' | 'network' | 'hardware' | 'label' | 'table' | 'said' | 'question' | 'payload' | 'silenced' | 'namespace';

function of(kind: Kind, keys: readonly string[]): Record<string, Kind> {
	return Object.fromEntries(keys.map((key) => [key, kind]));
}

export interface Anonymized {
	readonly lines: readonly Recorded[];
	/** Replaces the same in the payload of a call. */
	payload(text: string): string;
}

/** If an address were replaced by another original one, try another key. Among very many addresses that cannot be avoided. */
const mostTries = 30;
const mostKeptApart = 5000;

/**
 * Replaces addresses, names and hardware addresses in a recording: the same by the same, so that the engine does the same with it.
 *
 * @param newKey makes a secret key
 * @param fingerprint makes the new fingerprint of a list of routes from the known one; `payload` replaces what the list holds
 */
export function anonymize(
	lines: readonly Recorded[],
	newKey: () => string,
	fingerprint: (known: string, payload: (text: string) => string) => string,
): Anonymized {
	const names = new Set<string>();
	const addresses = new Set<string>();
	collect(lines, names, addresses);
	const originals = withoutKept(addresses);
	const mayCollide = originals.size > mostKeptApart;
	for (let tries = 1; ; tries += 1) {
		const disguise = new AddressDisguise(newKey());
		const collides = () => [...originals].some((text) => originals.has(otherAddress(text, disguise)));
		if (!mayCollide && tries < mostTries && collides()) continue;
		const disguised = new NameDisguise(names);
		const words: Words = {
			name: (text) => disguised.name(text),
			label: (text) => disguised.label(text),
			address: (text) => disguise.network(text),
			hardware: (text) => disguise.hardware(text),
			word: (kind, text) => disguised.word(kind, text),
			isName: (text) => names.has(text),
			fingerprint: (text) => fingerprint(text, (payload) => payloadIn(payload, words)),
		};
		// Only strings are replaced, so each line keeps its form.
		return {lines: lines.map((line) => written(line, '', words) as Recorded), payload: (text) => payloadIn(text, words)};
	}
}

/** Leaves out what stays the same under every key: well-known networks, and addresses that every host has. */
function withoutKept(addresses: ReadonlySet<string>): ReadonlySet<string> {
	const disguises = ['a', 'b', 'c'].map((key) => new AddressDisguise(key));
	return new Set([...addresses].filter((text) => disguises.some((disguise) => otherAddress(text, disguise) !== text)));
}

function otherAddress(text: string, disguise: AddressDisguise): string {
	return isHardwareAddress(text) ? disguise.hardware(text) : disguise.network(text);
}

function collect(lines: readonly Recorded[], names: Set<string>, addresses: Set<string>): void {
	const add = (set: Set<string>) => (text: string) => {
		set.add(text);
		return text;
	};
	const words: Words = {
		name: add(names),
		label: add(names),
		address: add(addresses),
		hardware: add(addresses),
		word: (_kind, text) => text,
		isName: () => false,
		fingerprint: (text) => text,
	};
	for (const line of lines) written(line, '', words);
}

function written(value: unknown, key: string, words: Words, parent: object = {}): unknown {
	if (typeof value === 'string') return textIn(value, key, words, parent);
	if (Array.isArray(value)) return value.map((entry) => written(entry, key, words, parent));
	if (!isObject(value)) return value;
	return Object.fromEntries(
		Object.entries(value).map(([name, entry]) => [name, written(entry, key === 'metrics' ? key : name, words, value)]),
	);
}

function textIn(text: string, key: string, words: Words, parent: object): string {
	// In a link it is the hardware address, in an address the peer.
	if (key === 'address') return 'ifname' in parent ? hardwareIn(text, words) : networkIn(text, words);
	if (key === 'routes') return words.fingerprint(text);
	switch (kinds[key]) {
		case 'kept':
			return text;
		case 'name':
			return words.name(text);
		case 'label':
			return words.label(text);
		case 'network':
			return networkIn(text, words);
		case 'hardware':
			return hardwareIn(text, words);
		case 'table':
			return tableIn(text, words);
		case 'said':
			return saidIn(text, words);
		case 'question':
			return text.replace(/^((?:bare )?link )(.*)$/s, (_, what: string, name: string) => what + words.name(name));
		case 'payload':
			return payloadIn(text, words);
		case 'silenced':
			return `(${text.length} characters left out)`;
		case 'namespace':
			return /^(?:pid:)?\d+$/.test(text) ? text : words.word('ns', text);
		default:
			return freeText(text, words);
	}
}

/** Byte for byte as a call has it: the replacements need no escapes. */
function payloadIn(text: string, words: Words): string {
	return JSON.stringify(written(JSON.parse(text), '', words));
}
