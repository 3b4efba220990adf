import type {CompletedCommand, CompletedOption} from './completed-command.js';
import {withCommands} from './with-commands.js';

/** @param template completion/_netmon, which has everything that does not follow from the commands */
export function zshScript(template: string, commands: readonly CompletedCommand[]): string {
	const names = [...commands, {name: 'help', summary: 'Show the help of a command'}];
	const described = names.map(({name, summary}) => `\t\t${quoted(`${name}:${summary}`)}\n`).join('');
	const lists = commands.map(argumentsCase).join('');
	const functions = [
		`_netmon_commands() {\n\tlocal -a commands=(\n${described}\t)\n\t_describe -t commands command commands\n}`,
		`_netmon_arguments() {\n\tcase $1 in\n${lists}\tesac\n}`,
	];
	return withCommands(template, functions.join('\n\n'));
}

function argumentsCase({name, options, operands, repeats}: CompletedCommand): string {
	const words = operands.map((operand, at) => {
		const place = repeats && at === operands.length - 1 ? '*' : `${at + 1}`;
		return `${place}:${operand}:_netmon_${operand}`;
	});
	const specs = [...options.flatMap(optionSpecs), ...words.map(quoted)];
	return `\t(${name})\n\t\t_arguments -S \\\n\t\t\t${specs.join(' \\\n\t\t\t')} ;;\n`;
}

function optionSpecs(option: CompletedOption): string[] {
	const {name, char, summary, values, repeats} = option;
	const spellings = char === undefined ? [`--${name}`] : [`-${char}`, `--${name}`];
	const excluded = name === 'help' ? ['-', '*'] : spellings;
	const before = repeats ? '*' : excluded.length > 1 ? `(${excluded.join(' ')})` : '';
	const text = `[${summary.replaceAll(/[[\]\\]/g, '\\$&')}]`;
	return spellings.map((spelling) => {
		const assigned = values !== undefined && spelling.startsWith('--') ? `${spelling}=` : spelling;
		return quoted(`${before}${assigned}${text}${valueSpec(option)}`);
	});
}

function valueSpec({values, placeholder, isList}: CompletedOption): string {
	if (values === undefined) return '';
	const message = `:${placeholder.replaceAll(/[:\\]/g, '\\$&')}:`;
	if (values === 'nothing') return `${message} `;
	if (values === 'files') return `${message}_files`;
	if (values === 'folders') return `${message}_files -/`;
	if (typeof values === 'string') return `${message}${isList ? `_sequence _netmon_${values}` : `_netmon_${values}`}`;
	return `${message}${isList ? `_sequence compadd - ${values.join(' ')}` : `(${values.join(' ')})`}`;
}

function quoted(text: string): string {
	return `'${text.replaceAll("'", "'\\''")}'`;
}
