import {isHardwareAddress, isIpAddress} from '../text/address-disguise.js';
import {textOfLatin1} from '../text/byte-text.js';

/** How each kind of thing is written otherwise. */
export interface Words {
	name(text: string): string;
	label(text: string): string;
	address(text: string): string;
	hardware(text: string): string;
	word(kind: string, text: string): string;
	/** Whether a word of a text is the name of an interface. */
	isName(text: string): boolean;
	/** How a list of routes is told from others. */
	fingerprint(text: string): string;
}

export function networkIn(text: string, words: Words): string {
	return isIpAddress(text.split('/', 1)[0] ?? '')
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

/** Before a name in a line of `ip monitor`. */
const beforeName = /^(?:dev|oif|iif|master|vrf|label|altname|link)$/;

/** The rest of a line of `ip monitor`: a number and a name, or a route; every word by what it looks like and what precedes it. */
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
	if (isIpAddress(word.split('/', 1)[0] ?? '')) return words.address(word);
	if (isHardwareAddress(word)) return words.hardware(word);
	return words.isName(word) ? words.name(word) : word;
}

/** What netmon, `ip` or the system has said: paths, host names and ids go, and all that is known by now. */
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
