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
	if (set !== undefined) return `[${not === '!' ? '^' : ''}${withoutReversed(set).replaceAll(/[\\^\][]/g, '\\$&')}]`;
	if (part.startsWith('*')) return '.*';
	return part === '?' ? '.' : quoted(part);
}

/** A range from a later character to an earlier one holds no character; a RegExp refuses it. */
function withoutReversed(set: string): string {
	return set.replaceAll(/(.)-(.)/gsu, (range, from: string, to: string) => (from > to ? '' : range));
}

function quoted(character: string): string {
	return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}
