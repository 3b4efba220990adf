import type {GivenOptions, Option} from './option-table.js';

type OptionTable = Readonly<Record<string, Option>>;

/**
 * Reads the options of a command without oclif, which takes as long to load as everything else until netmon is subscribed. Returns
 * undefined for anything but well-formed options (help, a mistake): oclif and its messages handle that.
 */
export function readQuickly(args: readonly string[], table: OptionTable): GivenOptions | undefined {
	const read = readQuicklyWithWords(args, table);
	return read?.words.length === 0 ? read.given : undefined;
}

/** Reads options and other words, in any order; undefined as above. */
export function readQuicklyWithWords(
	args: readonly string[],
	table: OptionTable,
): {readonly given: GivenOptions; readonly words: readonly string[]} | undefined {
	const given: Record<string, string | boolean | readonly string[]> = {};
	const words: string[] = [];
	for (let at = 0; at < args.length; at += 1) {
		const word = args[at] ?? '';
		if (!word.startsWith('-')) {
			words.push(word);
			continue;
		}
		const argument = splitArgument(word, table);
		const option = argument && table[argument.name];
		if (argument === undefined || option === undefined) return undefined;
		const earlier = given[argument.name];
		const several = option.kind === 'list' || option.kind === 'repeated';
		if (earlier !== undefined && !several) return undefined;
		if (option.kind === 'switch') {
			if (argument.value !== undefined) return undefined;
			given[argument.name] = true;
			continue;
		}
		const value = argument.value ?? args[++at];
		if (value === undefined || value.startsWith('-')) return undefined;
		if (several) {
			given[argument.name] = [...(Array.isArray(earlier) ? earlier : []), value];
			continue;
		}
		if (option.choices !== undefined && !option.choices.includes(value)) return undefined;
		given[argument.name] = value;
	}
	return {given, words};
}

/** Undefined if the table has no such option. */
function splitArgument(text: string, table: OptionTable): {name: string; value: string | undefined} | undefined {
	const short = /^-([a-z])$/.exec(text)?.[1];
	if (short !== undefined) {
		const name = Object.entries(table).find(([, option]) => option.char === short)?.[0];
		return name === undefined ? undefined : {name, value: undefined};
	}
	const [, name, value] = /^--([a-z-]+)(?:=([\s\S]*))?$/.exec(text) ?? [];
	return name === undefined || !Object.hasOwn(table, name) ? undefined : {name, value};
}
