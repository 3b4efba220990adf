/** A part of a document that should be one object. */
export interface Piece {
	readonly text: string;
	/** Whether it ends where its braces say and an object or the end of the list follows. If not, it may hide other objects. */
	readonly closed: boolean;
}

/** More unreadable pieces than this are no accident of a few links. */
export const mostSick = 1000;

/** What JSON allows between its tokens (RFC 8259, section 2): a String's trim() and \s take more. */
const blanks = ' \t\n\r';

/**
 * Cuts the text of a list into its objects, for a list that cannot be parsed as a whole: damage in one object leaves the others intact.
 * Undefined if the text is no list from `[` to `]`, such as a truncated answer.
 *
 * @param start matches the start of an object of this list, with the comma before it (global). An object whose braces do not balance ends
 * there. No string holds these bytes, because `ip` escapes a quote inside a string.
 */
export function cutObjects(latin1: string, start: RegExp): Piece[] | undefined {
	const begin = after(blanks, latin1, 0);
	let end = latin1.length - 1;
	while (end > begin && blanks.includes(latin1[end] ?? '')) end -= 1;
	const first = after(blanks, latin1, begin + 1);
	if (end <= begin || latin1[begin] !== '[' || latin1[end] !== ']' || latin1[first] === ',') return undefined;
	const pieces: Piece[] = [];
	let limit = begin;
	for (let at = first; at < end; ) {
		// One search for each start of an object, however many pieces lie before it.
		if (limit <= at) limit = nextStart(latin1, start, at, end);
		const closing = endOfObject(latin1, at, limit);
		const closed =
			closing !== undefined &&
			(closing === end || /^[ \t\n\r]*(?:,[ \t\n\r]*\{|$)/.test(latin1.slice(closing, Math.min(closing + 16, end))));
		const to = closed ? closing : limit;
		pieces.push({text: latin1.slice(at, to), closed});
		at = after(`${blanks},`, latin1, to);
	}
	return pieces;
}

function nextStart(latin1: string, start: RegExp, at: number, end: number): number {
	start.lastIndex = at;
	const found = start.exec(latin1)?.index ?? end;
	return Math.min(found, end);
}

/** The offset of the first character from here on that is none of these. */
function after(characters: string, latin1: string, from: number): number {
	let at = from;
	while (at < latin1.length && characters.includes(latin1[at] ?? '')) at += 1;
	return at;
}

/** The offset behind the brace that closes the object; undefined if none does before the limit. */
function endOfObject(latin1: string, from: number, limit: number): number | undefined {
	if (latin1[from] !== '{') return undefined;
	let depth = 0;
	let inString = false;
	for (let at = from; at < limit; at += 1) {
		const character = latin1[at];
		if (inString) {
			if (character === '\\') at += 1;
			else if (character === '"') inString = false;
		} else if (character === '"') inString = true;
		else if (character === '{') depth += 1;
		else if (character === '}') {
			depth -= 1;
			if (depth === 0) return at + 1;
		}
	}
	return undefined;
}
