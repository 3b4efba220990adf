import type {CompletedCommand, CompletedOption} from './completed-command.js';
import {withCommands} from './with-commands.js';

/** @param template completion/netmon.bash, which has everything that does not follow from the commands */
export function bashScript(template: string, commands: readonly CompletedCommand[]): string {
	const functions = [
		`_netmon_commands() {\n\t_netmon_offer ${commands.map(({name}) => name).join(' ')}\n}`,
		`# Options of a command: all, those that may be repeated, and those that have a value.\n${functionOf('_netmon_options', '$command', commands.map(optionsCase))}`,
		functionOf('_netmon_values', '"$command $1"', valueCases(commands)),
		functionOf('_netmon_operand', '"$command $1"', commands.flatMap(operandCases)),
	];
	return withCommands(template, functions.join('\n\n'));
}

function functionOf(name: string, word: string, cases: readonly string[]): string {
	return `${name}() {\n\tcase ${word} in\n${cases.join('')}\tesac\n}`;
}

function optionsCase({name, options}: CompletedCommand): string {
	const spellings = (chosen: readonly CompletedOption[]) => `'${chosen.flatMap(spellingsOf).join(' ')}'`;
	const all = options.map((option) => `--${option.name}`).join(' ');
	const repeated = spellings(options.filter(({repeats}) => repeats));
	const valued = spellings(options.filter(({values}) => values !== undefined));
	return `\t${name})\n\t\tall='${all}'\n\t\trepeated=${repeated}\n\t\tvalued=${valued} ;;\n`;
}

function spellingsOf({name, char}: CompletedOption): string[] {
	return char === undefined ? [`--${name}`] : [`--${name}`, `-${char}`];
}

/** One case for all options whose values are completed alike. */
function valueCases(commands: readonly CompletedCommand[]): string[] {
	const patterns = new Map<string, string[]>();
	for (const {name, options} of commands) {
		for (const option of options) {
			const action = actionOf(option);
			if (action === undefined) continue;
			const own = spellingsOf(option).map((spelling) => `'${name} ${spelling}'`);
			patterns.set(action, [...(patterns.get(action) ?? []), ...own]);
		}
	}
	return [...patterns].map(([action, own]) => `\t${own.join(' | ')})\n\t\t${action} ;;\n`);
}

function actionOf({values, isList}: CompletedOption): string | undefined {
	if (values === undefined || values === 'nothing') return undefined;
	const action = typeof values === 'string' ? `_netmon_${values}` : `_netmon_offer ${values.join(' ')}`;
	return isList ? `_netmon_keep_list; ${action}` : action;
}

function operandCases({name, operands, repeats}: CompletedCommand): string[] {
	return operands.map((operand, at) => {
		const place = repeats && at === operands.length - 1 ? `'${name} '*` : `'${name} ${at}'`;
		return `\t${place}) _netmon_${operand} ;;\n`;
	});
}
