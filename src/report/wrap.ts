/** The indent of further lines if a word does not fit beside the usual indent, or hardly anything does. */
const smallIndent = 4;
/** A narrower column would be read word by word. */
const leastRoom = 28;

/** What stays together: a word, or one of iproute2's words and its value. JSON may be broken after a comma. */
const units = /\s*(?:[+-]?(?:via|dev|proto|src|metric|weight|mtu|scope|table|label|peer|master|nhid) )?(?:[^\s,]+,?|,)/g;

/** Wide characters take two columns (an approximation of Unicode Standard Annex 11); marks take none. */
const wide = /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\uff01-\uff60]/u;
const mark = /\p{Mn}|\p{Me}/u;
const ascii = /^[ -~]*$/;

/** The columns that a text takes on a terminal. */
export function columnsOf(text: string): number {
	if (ascii.test(text)) return text.length;
	return [...text].reduce((sum, character) => sum + (mark.test(character) ? 0 : wide.test(character) ? 2 : 1), 0);
}

export function padded(text: string, columns: number): string {
	return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}

/** Breaks a text between words, never in an address. `used` columns of the first line are taken, and indent the others. */
export function wrapped(text: string, used: number, columns: number): string {
	if (used + columnsOf(text) <= columns) return text;
	let result = '';
	let column = used;
	for (const word of text.match(units) ?? []) {
		const width = columnsOf(word);
		const bare = word.trimStart();
		if (column + width <= columns || (result === '' && smallIndent + columnsOf(bare) > columns)) {
			result += word;
			column += width;
			continue;
		}
		const indent = columns - used >= leastRoom && used + columnsOf(bare) <= columns ? used : smallIndent;
		result = `${result.trimEnd()}\n${' '.repeat(indent)}${bare}`;
		column = indent + columnsOf(bare);
	}
	return result;
}
