import {type GivenOptions, type Option, watchOptions} from './option-table.js';

/**
 * Reads the arguments of `netmon watch` where they are all well-formed options; undefined for
 * anything else (help, a mistake), which is left to oclif and its messages. Loading oclif
 * doubles the time to being subscribed.
 */
export function readQuickly(args: readonly string[]): GivenOptions | undefined {
	const given: Record<string, string | boolean> = {};
	for (let at = 0; at < args.length; at += 1) {
		const argument = splitArgument(args[at] ?? '');
		const option = argument === undefined ? undefined : optionOf(argument.name);
		if (argument === undefined || option === undefined || given[argument.name] !== undefined) return undefined;
		if (option.kind === 'switch') {
			if (argument.value !== undefined) return undefined;
			given[argument.name] = true;
			continue;
		}
		const value = argument.value ?? args[++at];
		if (value === undefined || value.startsWith('-')) return undefined;
		if (option.choices !== undefined && !option.choices.includes(value)) return undefined;
		given[argument.name] = value;
	}
	return given;
}

function splitArgument(text: string): {name: string; value: string | undefined} | undefined {
	const short = /^-([a-z])$/.exec(text)?.[1];
	if (short !== undefined) {
		const name = Object.entries<Option>(watchOptions).find(([, option]) => option.char === short)?.[0];
		return name === undefined ? undefined : {name, value: undefined};
	}
	const [, name, value] = /^--([a-z-]+)(?:=([\s\S]*))?$/.exec(text) ?? [];
	return name === undefined ? undefined : {name, value};
}

function optionOf(name: string): Option | undefined {
	return Object.entries<Option>(watchOptions).find(([known]) => known === name)?.[1];
}
