import {Parser} from '@oclif/core';
import test from 'ava';
import {flagsOf} from '../../src/commands/flags.js';
import {splitProgram} from '../../src/options/hook-options.js';
import {waitOptions, watchOptions} from '../../src/options/option-table.js';
import {readQuickly, readQuicklyWithWords} from '../../src/options/quick-arguments.js';
import {checkWatchOptions} from '../../src/options/watch-options.js';

const hookOf = (args: readonly string[], environment: Readonly<Record<string, string>> = {}) => {
	const {options, program} = splitProgram(args);
	return checkWatchOptions(readQuickly(options, watchOptions) ?? {}, environment, program).hook;
};

test('everything after -- is the program, whatever it looks like', (t) => {
	t.deepEqual(hookOf(['--on', 'address', '--', 'prog', '--netns', 'x', '--', '-r']), {
		program: 'prog',
		args: ['--netns', 'x', '--', '-r'],
		on: ['address'],
		initial: false,
		timeoutMs: 60_000,
		retries: 5,
		settleMs: 0,
		state: undefined,
	});
	t.is(hookOf(['--netns', 'web']), undefined);
});

test('options of hooks come from the environment too, which names no program', (t) => {
	const environment = {NETMON_ON: 'route-added,route', NETMON_RETRIES: 'inf', NETMON_INITIAL: '1', NETMON_SETTLE: '2s', NETMON_STATE: '/s'};
	const {on, retries, initial, settleMs, state} = hookOf(['--', 'prog'], environment) ?? {};
	t.deepEqual([on, retries, initial, settleMs, state], [['route-added', 'route'], Number.POSITIVE_INFINITY, true, 2000, '/s']);
	t.is(hookOf([], environment), undefined);
});

test('with a program, the observer’s lines come when they are asked for', (t) => {
	const output = (given: object, environment = {}) => checkWatchOptions({...given}, environment, ['prog']).output;
	t.is(output({}), undefined);
	t.is(output({json: true}), 'ndjson');
	t.is(output({output: 'human'}), 'human');
	t.is(output({}, {NETMON_OUTPUT: 'ndjson'}), 'ndjson');
});

for (const args of [['link:a', '--timeout', '3s', '!up:b', '--follow'], ['--netns=web', 'address:eth0=10.0.0.2/24'], []]) {
	test(`netmon wait ${args.join(' ')}: read at once, as oclif reads it`, async (t) => {
		const {flags, argv} = await Parser.parse([...args], {flags: flagsOf(waitOptions), strict: false});
		const flagsGiven = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== false));
		t.deepEqual(readQuicklyWithWords(args, waitOptions), {given: flagsGiven, words: argv.map(String)});
	});
}

test('netmon wait: what is no option is left to oclif', (t) => {
	for (const args of [['link:a', '--bogus'], ['-h'], ['link:a', '--timeout']]) t.is(readQuicklyWithWords(args, waitOptions), undefined);
});
