import test from 'ava';
import {COMMANDS} from '../../src/cli.js';
import {placeholderValues} from '../../src/completion/completed-command.js';
import {type CommandShape, commandTable} from '../../src/options/command-table.js';
import type {Option} from '../../src/options/option-table.js';

const shapes: Readonly<Record<string, CommandShape>> = commandTable;

test('the table of commands has every command, with the options that its help has and as many words', (t) => {
	t.deepEqual(Object.keys(shapes), Object.keys(COMMANDS));
	for (const [name, command] of Object.entries(COMMANDS)) {
		const {options, operands = [], repeats = false} = shapes[name] ?? {options: {}};
		t.deepEqual(Object.keys(options), Object.keys(command.flags), name);
		const words = Object.keys(command.args).length;
		t.is(operands.length, command.strict ? words : 1, name);
		t.is(repeats, !command.strict, name);
	}
});

test('it is known for every placeholder of an option what its value is completed with', (t) => {
	const options: Option[] = Object.values(shapes).flatMap((shape) => Object.values(shape.options));
	const used = options.flatMap(({kind, choices, placeholder}) =>
		kind === 'switch' || choices !== undefined ? [] : [placeholder ?? 'none'],
	);
	t.deepEqual(
		used.filter((placeholder) => placeholderValues[placeholder] === undefined),
		[],
	);
});
