import type {CompletedCommand, CompletedOption} from './completed-command.js';
import {withCommands} from './with-commands.js';

/** @param template completion/netmon.fish, which has everything that does not follow from the commands */
export function fishScript(template: string, commands: readonly CompletedCommand[]): string {
	const names = [...commands, {name: 'help', summary: 'Show the help of a command'}];
	const lines = names.map(({name, summary}) => `complete -c netmon -n __netmon_at_command -a ${name} -d ${quoted(summary)}`);
	lines.push(`complete -c netmon -n '__netmon_in help' -a ${quoted(commands.map(({name}) => name).join(' '))}`);
	return withCommands(template, [...lines, ...commands.flatMap(commandLines)].join('\n'));
}

function commandLines({name, options, operands}: CompletedCommand): string[] {
	const start = `complete -c netmon -n '__netmon_in ${name}'`;
	return [
		...options.map((option) => `${start} ${optionWords(option)} -d ${quoted(option.summary)}`),
		...[...new Set(operands)].map((operand) => {
			const files = operand === 'side' || operand === 'recording' ? '-F ' : '';
			return `${start} ${files}-a '(__netmon_${operand})'`;
		}),
	];
}

function optionWords(option: CompletedOption): string {
	const short = option.char === undefined ? '' : `-s ${option.char} `;
	return `${short}-l ${option.name}${valueWords(option)}`;
}

function valueWords({values, isList}: CompletedOption): string {
	if (values === undefined) return '';
	if (values === 'nothing') return ' -x';
	if (values === 'files') return ' -r -F';
	if (values === 'folders') return " -x -a '(__fish_complete_directories)'";
	const found = typeof values === 'string' ? `__netmon_${values}` : `__netmon_words ${values.join(' ')}`;
	return isList ? ` -x -a ${quoted(`(__fish_complete_list , ${quoted(found)})`)}` : ` -x -a '(${found})'`;
}

/** fish reads \\ and \\' inside single quotes. */
function quoted(text: string): string {
	return `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
}
