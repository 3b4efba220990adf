import {isIP} from 'node:net';
import {isHardwareAddress} from '../text/address-disguise.js';
import {textOfLatin1} from '../text/byte-text.js';

/** Replaces each kind of thing. */
export interface Words {
	name(text: string): string;
	label(text: string): string;
	address(text: string): string;
	hardware(text: string): string;
	word(kind: string, text: string): string;
	/** Whether a word of a text is the name of an interface. */
	isName(text: string): boolean;
	/** The fingerprint of a list of routes. */
	fingerprint(text: string): string;
}

export function networkIn(text: string, words: Words): string {
	return isIP(text.split('/', 1)[0] ?? '') > 0
		? words.address(text)
		: text === 'default' || text === ''
			? text
			: words.word('address', text);
}

export function hardwareIn(text: string, words: Words): string {
	if (/^[\da-f]{2}(?::[\da-f]{2})*$/i.test(text)) return words.hardware(text);
	return networkIn(text, words);
}

export function tableIn(text: string, words: Words): string {
	return /^(?:main|local|default|all|\d+)$/.test(text) ? text : words.word('table', text);
}

/** Words that precede a name in a line of `ip monitor`. */
const beforeName = /^(?:dev|oif|iif|master|vrf|label|altname|link)$/;

/** The rest of a line of `ip monitor`: an index and a name, or a route. Each word is judged by its form and the word before it. */
export function saidIn(said: string, words: Words): string {
	// An alias may hold anything, and nothing of use follows it.
	const text = said.replace(/(\\ +alias ).*/s, (_, head: string) => `${head}(left out)`);
	let before = '';
	return text.replaceAll(/[^\s\\]+/g, (word, at: number) => {
		const previous = before;
		before = word;
		if (beforeName.test(previous)) return words.name(textOfLatin1(word));
		if (previous === 'table') return tableIn(word, words);
		if (/^\d+: $/.test(text.slice(0, at))) {
			const colon = word.endsWith(':') ? ':' : '';
			return words.name(textOfLatin1(colon === '' ? word : word.slice(0, -1))) + colon;
		}
		return plainWord(textOfLatin1(word), words);
	});
}

function plainWord(word: string, words: Words): string {
	if (isIP(word.split('/', 1)[0] ?? '') > 0) return words.address(word);
	if (isHardwareAddress(word)) return words.hardware(word);
	return words.isName(word) ? words.name(word) : word;
}

/** A message of netmon, `ip` or the system: replaces paths, host names, ids, and every known name and address. */
export function freeText(text: string, words: Words): string {
	return text
		.replaceAll(/"([^"]*)"/g, (_, name: string) => `"${words.name(name)}"`)
		.replaceAll(/[^\s"'`(),;<>=[\]]+/g, (word) => {
			const [, bare = '', end = ''] = /^(.*?)([:.]*)$/s.exec(word) ?? [];
			if (bare.startsWith('/')) return words.word('/path', bare) + end;
			if (/^[\da-f-]{12,}$/i.test(bare) || /^[\w-]+(?:\.[\w-]*[a-z][\w-]*)+$/i.test(bare)) return words.word('word', bare) + end;
			return plainWord(bare, words) + end;
		});
}
