import type {CommandShape, Operand} from '../options/command-table.js';
import type {Option} from '../options/option-table.js';

/** What a value may be completed with: words, or names that the shell looks up while it completes. */
export type Values = readonly string[] | 'namespaces' | 'interfaces' | 'files' | 'folders' | 'nothing';

/** An option as a shell completes it. */
export interface CompletedOption {
	readonly name: string;
	readonly char: string | undefined;
	readonly summary: string;
	/** Undefined for a switch. */
	readonly values: Values | undefined;
	/** How the help calls the value. */
	readonly placeholder: string;
	/** Whether the values may be separated by commas. */
	readonly isList: boolean;
	readonly repeats: boolean;
}

export interface CompletedCommand {
	readonly name: string;
	readonly summary: string;
	readonly options: readonly CompletedOption[];
	readonly operands: readonly Operand[];
	readonly repeats: boolean;
}

/** What the placeholders of the options stand for. A new one must be added here: a test compares them. */
export const placeholderValues: Readonly<Record<string, Values>> = {
	'NAME|PATH|PID': 'namespaces',
	'NAME|PATH|PID|PATTERN': 'namespaces',
	'NAME,…': 'namespaces',
	'PATTERN,…': 'interfaces',
	PATH: 'files',
	FILE: 'files',
	DIR: 'folders',
	'ADDRESS,…': 'nothing',
	COMMAND: 'nothing',
	'DESTINATION,…': ['default'],
	'[HOST:]PORT': 'nothing',
	ID: 'nothing',
	'ID|ID=NETNS': 'nothing',
	'NAME|NUMBER|all': ['all', 'default', 'local', 'main'],
	NUMBER: 'nothing',
	'N|inf': ['inf'],
	'OP[@IFACE]:N|inf': 'nothing',
	SHARE: 'nothing',
	SIZE: 'nothing',
	TIME: 'nothing',
};

export function completedCommand(name: string, summary: string, shape: CommandShape): CompletedCommand {
	return {
		name,
		summary,
		options: [...Object.entries(shape.options).map(([option, entry]) => completedOption(option, entry)), help],
		operands: shape.operands ?? [],
		repeats: shape.repeats ?? false,
	};
}

const help: CompletedOption = {
	name: 'help',
	char: 'h',
	summary: 'show the help of this command',
	values: undefined,
	placeholder: '',
	isList: false,
	repeats: false,
};

function completedOption(name: string, option: Option): CompletedOption {
	const {char, kind, summary, choices, placeholder = 'value'} = option;
	return {
		name,
		char,
		summary,
		values: kind === 'switch' ? undefined : (choices ?? placeholderValues[placeholder] ?? 'nothing'),
		placeholder,
		isList: kind === 'list',
		repeats: kind === 'list' || kind === 'repeated',
	};
}
