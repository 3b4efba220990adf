import {Parser} from '@oclif/core';
import test from 'ava';
import fc from 'fast-check';
import {flagsOf} from '../../src/commands/flags.js';
import {watchOptions} from '../../src/options/option-table.js';
import {readQuickly} from '../../src/options/quick-arguments.js';

/** What oclif makes of the same arguments; undefined if it refuses them. */
async function readByOclif(args: readonly string[]): Promise<Record<string, unknown> | undefined> {
	try {
		const {flags} = await Parser.parse([...args], {flags: flagsOf(watchOptions), strict: true});
		return Object.fromEntries(Object.entries(flags).filter(([name, value]) => name !== 'json' || value === true));
	} catch {
		return undefined;
	}
}

for (const [args, given] of [
	[[], {}],
	[['-s', 'sb', '-r', '/bin/true'], {sandbox: ['sb'], runtime: '/bin/true'}],
	[['--sandbox', 'sb', '--runtime=/bin/true'], {sandbox: ['sb'], runtime: '/bin/true'}],
	[['--dry-run', '--netns', 'web'], {'dry-run': true, netns: ['web']}],
	[['-s', 'a=x', '--sandbox', 'b=y'], {sandbox: ['a=x', 'b=y']}],
	[['--netns', 'a,b', '--netns=c*', '--all-netns'], {netns: ['a,b', 'c*'], 'all-netns': true}],
	[['--family=all'], {family: 'all'}],
	[['--record=a=b\nc'], {record: 'a=b\nc'}],
	[['--record='], {record: ''}],
	[['--record', ''], {record: ''}],
	[['--log-level', 'debug'], {'log-level': 'debug'}],
] as const) {
	test(`netmon watch ${args.join(' ')}: read at once, as oclif reads it`, async (t) => {
		t.deepEqual(readQuickly(args, watchOptions), given);
		t.deepEqual(await readByOclif(args), {...given});
	});
}

for (const args of [
	['--help'],
	['-h'],
	['--zzz'],
	['-z'],
	['sb'],
	['--'],
	['-'],
	[''],
	['-s'],
	['-s', '-r'],
	['-s', '--dry-run'],
	['-ssb'],
	['-sr', 'sb'],
	['-s=sb'],
	['--family', 'ipv4'],
	['--family=ipv4'],
	['--dry-run=true'],
	['--no-dry-run'],
	['--dry-run', '--dry-run'],
	['-r', 'a', '-r', 'b'],
	['-r', 'a', '--runtime', 'b'],
	['--record=-'],
	['--constructor', 'x'],
	['--__proto__', 'x'],
	['--toString'],
	['--Sandbox', 'x'],
	['--sandbox', 'a', 'b'],
] as const) {
	const accepted = new Set(['--record=-']);
	test(`netmon watch ${args.join(' ')}: ${accepted.has(args.join(' ')) ? 'read as oclif reads it, or left to it' : 'left to oclif'}`, async (t) => {
		const quick = readQuickly(args, watchOptions);
		if (accepted.has(args.join(' '))) t.true(quick === undefined || JSON.stringify(quick) === JSON.stringify(await readByOclif(args)));
		else t.is(quick, undefined);
	});
}

test('whatever the arguments: where they are read at once, oclif reads the same', async (t) => {
	const name = fc.constantFrom(...Object.keys(watchOptions));
	const value = fc.constantFrom('sb', 'all', 'ignore', 'ndjson', 'kata-1.5', 'debug', '2s', '', '-', '-x', '--', 'a=b', '0', 'ü');
	const word = fc.oneof(
		name.map((option) => `--${option}`),
		fc.tuple(name, value).map(([option, given]) => `--${option}=${given}`),
		fc.constantFrom('-s', '-r', '-s=x', '-rs', '--dry-run', '--help', '--zzz'),
		value,
	);
	let taken = 0;
	await fc.assert(
		fc.asyncProperty(fc.array(word, {maxLength: 6}), async (args) => {
			const quick = readQuickly(args, watchOptions);
			if (quick === undefined) return;
			taken += args.length;
			t.deepEqual({...quick}, (await readByOclif(args)) ?? 'refused', args.join(' '));
		}),
		{numRuns: 3000},
	);
	t.true(taken > 30, 'many of them are taken');
});
