import {createRequire} from 'node:module';
import {join} from 'node:path';
import {root} from './run.mjs';

/** What the help says of each command, for the man pages and docs/reference.md: from the built program. */
export function commandPages() {
	const program = built();
	const {COMMANDS, commandTable, exitStatusOf, goDefaults, otherVariables} = program;
	return {
		commands: Object.entries(COMMANDS).map(([name, command]) => ({
			name,
			summary: command.summary,
			description: command.description ?? '',
			usages: usagesOf(name, command),
			operands: Object.entries(command.args).map(([word, {description}]) => ({name: word.toUpperCase(), text: description})),
			groups: groupsOf(commandTable[name].options, program),
			examples: command.examples.map(({description, command: text}) => ({
				description,
				command: text.replaceAll('<%= config.bin %>', 'netmon').replaceAll('<%= command.id %>', name),
			})),
			exits: exitStatusOf(name),
		})),
		variables: Object.entries(otherVariables).map(([name, text]) => ({name, text})),
		kata: goDefaults,
	};
}

function usagesOf(name, {usage, args}) {
	if (usage !== undefined) return [usage].flat().map((text) => `netmon ${text}`);
	const words = Object.entries(args).map(([word, {required}]) => (required ? word.toUpperCase() : `[${word.toUpperCase()}]`));
	return [['netmon', name, ...words, '[OPTION…]'].join(' ')];
}

/** Options in the order of the help's sections. */
function groupsOf(table, {groupNames, groupOf, variableOf}) {
	const options = Object.entries(table).map(([name, option]) => ({
		group: option.group ?? groupOf(name),
		name,
		char: option.char,
		value: option.kind === 'switch' ? undefined : shownValue(option),
		summary: option.summary,
		default: option.default,
		variable: variableOf(name),
		repeats: option.kind === 'list' || option.kind === 'repeated',
	}));
	return groupNames
		.map((title) => ({title, options: options.filter(({group}) => group === title)}))
		.filter(({options: own}) => own.length > 0);
}

function shownValue({kind, choices, placeholder}) {
	return placeholder ?? (kind === 'choice' && choices !== undefined ? choices.join('|') : 'VALUE');
}

/** Paragraphs and indented blocks of a description. */
export const blocksOf = (text) => built().blocksOf(text);

function built() {
	return createRequire(import.meta.url)(join(root, 'dist/cli.cjs'));
}
