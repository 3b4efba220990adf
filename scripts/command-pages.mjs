import {createRequire} from 'node:module';
import {join} from 'node:path';
import {root} from './run.mjs';

/** What the help says of each command, for the man pages and docs/reference.md: from the built program. */
export function commandPages() {
	const built = createRequire(import.meta.url)(join(root, 'dist/cli.cjs'));
	const {COMMANDS, commandTable, exitStatusOf, goDefaults, otherVariables} = built;
	return {
		commands: Object.entries(COMMANDS).map(([name, command]) => ({
			name,
			summary: command.summary,
			description: command.description ?? '',
			usages: usagesOf(name, command),
			operands: Object.entries(command.args).map(([word, {description}]) => ({name: word.toUpperCase(), text: description})),
			groups: groupsOf(commandTable[name].options, built),
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
	if (usage !== undefined) return [usage].flat().map((text) => `netmon ${text.replace('[FLAGS]', '[OPTION…]')}`);
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
	return kind === 'choice' && choices !== undefined ? choices.join('|') : (placeholder ?? 'VALUE');
}

/** Paragraphs and indented blocks of a description. */
export function blocksOf(text) {
	return text
		.split(/\n\n+/)
		.filter((block) => block !== '')
		.map((block) => {
			const lines = block.split('\n');
			return lines.every((line) => line.startsWith('  ')) ? {lines: lines.map((line) => line.slice(2))} : {text: lines.join(' ')};
		});
}
