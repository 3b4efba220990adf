/**
 * Writes strings like Go's encoding/json (encode.go, `string()`, with HTML escaping, as json.Marshal does): `<`, `>`, `&`, U+2028 and
 * U+2029 are escaped, each byte that is not UTF-8 becomes `\ufffd`, and control characters other than \n, \r, \t are `\u00xx`.
 */
export function goString(text: string): string {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are the point
	const escaped = text.replace(/["\\<>&\x00-\x1f\u2028\u2029]|\p{Surrogate}/gu, (character) => {
		const code = character.codePointAt(0) ?? 0;
		switch (character) {
			case '"':
				return '\\"';
			case '\\':
				return '\\\\';
			case '\n':
				return '\\n';
			case '\r':
				return '\\r';
			case '\t':
				return '\\t';
			default:
				return code >= 0xd800 && code <= 0xdfff ? '\\ufffd' : `\\u${code.toString(16).padStart(4, '0')}`;
		}
	});
	return `"${escaped}"`;
}

/** A whole number. Anything else is a fault in netmon, and would make the whole payload unreadable for the consumer. */
export function goNumber(value: number): string {
	if (!Number.isSafeInteger(value)) throw new TypeError(`${value} cannot be a number of a payload`);
	return String(value);
}
