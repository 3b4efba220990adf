import {Flags, type Interfaces} from '@oclif/core';
import {groupOf, type Option, variableOf} from '../options/option-table.js';

/**
 * Makes oclif's flags from a table of options. The help shows the variables and the defaults, but options/option-values.ts reads them,
 * since `kata-netmon` needs them without oclif.
 */
export function flagsOf(table: Readonly<Record<string, Option>>): Interfaces.FlagInput {
	return Object.fromEntries(Object.entries(table).map(([name, option]) => [name, flagOf(name, option)]));
}

/** For the words of a command. oclif would take one that is left out from stdin: from the lines of a loop, or the event of a hook. */
export const notFromStdin = {ignoreStdin: true} as const;

function flagOf(name: string, option: Option): Interfaces.FlagInput[string] {
	const {char} = option;
	const shown = option.default === undefined ? '' : `default ${option.default}; `;
	const common = {
		...(char === undefined ? {} : {char}),
		helpGroup: option.group ?? groupOf(name),
		summary: `${option.summary} [${shown}${variableOf(name)}]`,
	};
	if (option.kind === 'switch') return Flags.boolean(common);
	const value = {...common, helpValue: `<${option.placeholder ?? option.choices?.join('|') ?? 'value'}>`};
	if (option.kind === 'list' || option.kind === 'repeated') return Flags.string({...value, multiple: true, multipleNonGreedy: true});
	// The choices are checked together with those from variables (OptionValues.choice), in the same words.
	return Flags.string(value);
}
