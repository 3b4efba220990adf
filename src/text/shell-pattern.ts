/** Whether a name is a pattern: it has a character that stands for others. */
export function isShellPattern(name: string): boolean {
	return /[*?[]/.test(name);
}

/** Makes a test for names that match a shell pattern: `*`, `?`, `[a-z]`, `[!a-z]`, and `\` before any of them (glob(7)). */
export function shellPattern(pattern: string): (name: string) => boolean {
	const expression = new RegExp(`^${pattern.replace(/\\(.)|\[(!?)(\]?[^\]]*)\]|\*+|./gsu, partOf)}$`, 'su');
	return (name) => expression.test(name);
}

function partOf(part: string, escaped: string | undefined, not: string | undefined, set: string | undefined): string {
	if (escaped !== undefined) return quoted(escaped);
	if (set !== undefined) return `[${not === '!' ? '^' : ''}${set.replaceAll(/(.)-(.)|./gsu, memberOf)}]`;
	if (part.startsWith('*')) return '.*';
	return part === '?' ? '.' : quoted(part);
}

/** A character of a set, or a range. There is nothing in `z-a`, which a regular expression refuses. */
function memberOf(part: string, from: string | undefined, to = ''): string {
	if (from === undefined) return part.replace(/[\\^\][-]/, '\\$&');
	return (from.codePointAt(0) ?? 0) > (to.codePointAt(0) ?? 0) ? '' : `${memberOf(from, undefined)}-${memberOf(to, undefined)}`;
}

function quoted(character: string): string {
	return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}
