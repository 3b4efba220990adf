import {isUtf8} from 'node:buffer';

/**
 * The kernel's names are bytes, not text: dev_valid_name (net/core/dev.c) forbids only whitespace, `/` and `:`. netmon
 * keeps a name as a string. A byte that is not part of valid UTF-8 becomes the lone surrogate U+DC00 + byte, as in
 * Python's surrogateescape (PEP 383). So valid names are plain text, and all others reach the runtime unchanged.
 */
const utf8 = new TextDecoder('utf-8', {ignoreBOM: true});

/** Decodes a name that was read as latin1, one character for each byte. */
export function textOfLatin1(latin1: string): string {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: this is what ASCII is
	if (/^[\x00-\x7f]*$/.test(latin1)) return latin1;
	return textOfBytes(Buffer.from(latin1, 'latin1'));
}

export function textOfBytes(bytes: Uint8Array): string {
	return isUtf8(bytes) ? utf8.decode(bytes) : decodePiecewise(bytes);
}

function decodePiecewise(bytes: Uint8Array): string {
	let text = '';
	for (let at = 0; at < bytes.length; ) {
		const length = sequenceLength(bytes, at);
		if (length === 0) {
			text += String.fromCharCode(0xdc00 + (bytes[at] ?? 0));
			at += 1;
		} else {
			text += utf8.decode(bytes.subarray(at, at + length));
			at += length;
		}
	}
	return text;
}

/** The length of the valid UTF-8 sequence that starts here; 0 if there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
	const lead = bytes[at] ?? 0;
	const length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
	return at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}

/** The bytes that a decoded name stands for. */
export function bytesOfText(text: string): Buffer {
	if (isWellFormed(text)) return Buffer.from(text, 'utf8');
	const parts: Buffer[] = [];
	for (const character of text) {
		const code = character.codePointAt(0) ?? 0;
		parts.push(code >= 0xdc80 && code <= 0xdcff ? Buffer.of(code - 0xdc00) : Buffer.from(character, 'utf8'));
	}
	return Buffer.concat(parts);
}

/** Whether the text can be written as UTF-8: it has no lone surrogate. */
export function isWellFormed(text: string): boolean {
	return !/\p{Surrogate}/u.test(text);
}

const printable = /^[ -~]*$/;

/** Makes a name harmless on a terminal: escapes control characters and stray bytes, as `\x1b`. */
export function visibleText(text: string): string {
	if (printable.test(text)) return text;
	return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/gu, (character) => {
		const code = character.codePointAt(0) ?? 0;
		if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
		return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
	});
}
