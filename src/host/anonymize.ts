import {isObject} from '../json/fields.js';
import {AddressDisguise, isHardwareAddress} from '../text/address-disguise.js';
import {NameDisguise} from '../text/name-disguise.js';
import {freeText, hardwareIn, networkIn, saidIn, tableIn, type Words} from './disguised-text.js';
import type {Recorded} from './recorded.js';

/** What a string in a recording is, by its key. What has no entry is text that may hold anything. */
const kinds: Readonly<Record<string, Kind>> = {
	...of('kept', [
		'what',
		'version',
		'wall',
		'profile',
		'kind',
		'op',
		'families',
		'family',
		'type',
		'protocol',
		'scope',
		'flags',
		'standing',
	]),
	...of('kept', ['onChange', 'operstate', 'link_type', 'link_kind', 'linkType', 'LinkType', 'encap', 'tos', 'mask', 'Mask', 'metrics']),
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
	/** What a call is then called with. */
	payload(text: string): string;
}

/** Other keys are tried where an address would get one that another one had. Among too many addresses some always do. */
const mostTries = 30;
const mostKeptApart = 5000;

/**
 * Writes a recording with other addresses, names and hardware addresses: the same for the same, so that the engine does the same with it.
 *
 * @param newKey makes a secret key
 * @param fingerprint that of a list of routes, by the one it had, where the list is known
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
		// Each value comes out of JSON and goes back into it: what has the form of a line keeps it.
		return {lines: lines.map((line) => written(line, '', words) as Recorded), payload: (text) => payloadIn(text, words)};
	}
}

/** Well-known networks, and addresses that every host has, stay the same under every key. */
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
	// Of a link it is that of its hardware, of an address the other end.
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

/** Byte for byte as a call has it: what has been changed needs no escapes. */
function payloadIn(text: string, words: Words): string {
	return JSON.stringify(written(JSON.parse(text), '', words));
}
