import {readFileSync} from 'node:fs';
import test from 'ava';
import {COMMANDS} from '../../src/cli.js';
import {variableOf} from '../../src/options/option-table.js';
import {programCommand, root, runToEnd} from '../helpers/netmon.js';

const {version}: {version: string} = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

/** Wide enough that oclif breaks no line. */
const wide = {OCLIF_COLUMNS: '400'};
const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
	runToEnd(programCommand('netmon', args), {...wide, ...env});

for (const args of [[], ['--help'], ['-h'], ['help']]) {
	test.serial(`netmon ${args.join(' ') || 'alone'} lists every command, and exits 0`, async (t) => {
		const {code, stdout, stderr} = await run(args);
		t.deepEqual([code, stderr], [0, '']);
		for (const [name, {summary}] of Object.entries(COMMANDS)) t.regex(stdout, new RegExp(`^  ${name} +${summary}$`, 'm'));
	});
}

for (const [command, {flags}] of Object.entries(COMMANDS)) {
	test.serial(`netmon ${command} --help has every option with the variable that stands for it, and examples`, async (t) => {
		const {code, stdout, stderr} = await run([command, '--help']);
		t.deepEqual([code, stderr], [0, '']);
		for (const name of Object.keys(flags)) {
			t.regex(stdout, new RegExp(`^ +(?:-[a-z], )?--${name}\\b`, 'm'));
			t.regex(stdout, new RegExp(`\\[(?:default \\S+; )?${variableOf(name)}\\]$`, 'm'));
		}
		const [, examples = ''] = stdout.split('EXAMPLES\n');
		t.regex(examples, new RegExp(`^ {4}\\$ netmon ${command}`, 'm'));
		t.is((await run([command, '-h'])).stdout, stdout, '-h');
		t.is((await run(['help', command])).stdout, stdout, 'help COMMAND');
	});
}

test.serial('help has the commands in the order in which a new user needs them, and says a summary once', async (t) => {
	const names = [...(await run([])).stdout.matchAll(/^ {2}([a-z]+) {2,}/gm)].map(([, name]) => name);
	t.deepEqual([names.length, ...names.slice(0, 3)], [Object.keys(COMMANDS).length, 'watch', 'snapshot', 'wait']);
	for (const [command, {summary}] of Object.entries(COMMANDS)) {
		const {stdout} = await run([command, '--help']);
		t.is(stdout.split(summary).length, 2, command);
		t.regex(stdout, new RegExp(`^ {2}\\$ netmon ${command}.* \\[OPTION…\\]`, 'm'));
	}
});

test.serial('help has options in groups, and what to watch comes first', async (t) => {
	const {stdout} = await run(['watch', '--help']);
	const titles = [...stdout.matchAll(/^(.*) OPTIONS$/gm)].map(([, title]) => title);
	t.deepEqual(titles, ['WHAT TO WATCH', 'OUTPUT', 'RUNTIME', 'HOOKS']);
});

for (const flag of ['--version', '-v', '-V']) {
	test.serial(`netmon ${flag} prints the version, and exits 0`, async (t) => {
		const expected = `netmon/${version} ${process.platform}-${process.arch} node-${process.version}\n`;
		t.deepEqual(await run([flag]), {code: 0, stdout: expected, stderr: ''});
	});
}

interface Mistake {
	readonly args: readonly string[];
	readonly env?: Readonly<Record<string, string>>;
	readonly stderr: string;
}

const mistakes: readonly Mistake[] = [
	{args: ['wacth'], stderr: 'Error: wacth is not a netmon command\nDid you mean netmon watch?\n'},
	{args: ['snapshots', '--json'], stderr: 'Error: snapshots is not a netmon command\nDid you mean netmon snapshot?\n'},
	{args: ['help', 'wach'], stderr: 'Error: wach is not a netmon command\nDid you mean netmon watch?\n'},
	{args: ['frobnicate'], stderr: 'Error: frobnicate is not a netmon command\nSee netmon --help.\n'},
	{args: ['monitor'], stderr: 'Error: monitor is not a netmon command\nDid you mean netmon watch?\n'},
	{args: ['version'], stderr: 'Error: version is not a netmon command\nDid you mean netmon --version?\n'},
	{args: ['constructor'], stderr: 'Error: constructor is not a netmon command\nSee netmon --help.\n'},
	{args: ['--netns', 'web'], stderr: 'Error: --netns is not an option of netmon\nOptions follow a command: see netmon --help.\n'},
	{args: ['watch', '--famly', 'all'], stderr: 'Error: --famly is not an option of netmon watch\nDid you mean --family?\n'},
	{args: ['watch', '--interval='], stderr: 'Error: --interval is empty\nGive it a value, or leave the option out.\n'},
	{args: ['snapshot', '-x'], stderr: 'Error: -x is not an option of netmon snapshot\nSee netmon snapshot --help.\n'},
	{args: ['watch', '--family', 'ipv4'], stderr: 'Error: --family cannot be "ipv4"\nUse one of inet, inet6, all.\n'},
	{args: ['watch', '--interval', '5'], stderr: 'Error: --interval is not a time: "5"\nWrite it as 250ms, 2s or 5m.\n'},
	{
		args: ['watch', '--interval', '99ms'],
		stderr:
			'Error: --interval is less than 100ms\nChanges are seen by their events, at once. The interval is only for changes that no event has announced.\n',
	},
	{args: ['watch', '--follow=yes'], stderr: 'Error: --follow takes no value\nWrite it as --follow, or leave it out.\n'},
	{
		args: ['watch', 'sb1', 'sb2'],
		stderr: 'Error: unexpected argument: sb1\nDid you mean --netns sb1 or --dev sb1 or -- sb1? See netmon watch --help.\n',
	},
	{args: ['snapshot', '--json', '--payload'], stderr: 'Error: --json and --payload cannot be used together\nUse one of them.\n'},
	{
		args: ['watch', '-s', 'sb1'],
		stderr: 'Error: a sandbox is named and no runtime\nName the runtime to call with -r PATH, or say --dry-run.\n',
	},
	{
		args: ['watch', '-r', '/bin/true'],
		stderr: 'Error: a runtime is named and no sandbox\nName the sandbox with -s ID, or leave out -r to observe only.\n',
	},
	{
		args: ['watch', '--metrics', 'prometheus'],
		stderr:
			'Error: --metrics is not an address to listen on: "prometheus"\nWrite it as 9100, as :9100 for all addresses of this machine, or as 127.0.0.1:9100.\n',
	},
];

for (const {args, stderr} of mistakes) {
	test.serial(`netmon ${args.join(' ')} exits 1, and says what is wrong and what to do`, async (t) => {
		t.deepEqual(await run(args), {code: 1, stdout: '', stderr});
	});
}

test.serial('a mistake is shown with its stack only on request', async (t) => {
	const {code, stderr} = await run(['watch', '--interval', '5'], {DEBUG: '1'});
	t.is(code, 1);
	t.regex(stderr, /^Error: --interval is not a time: "5"\nWrite it as 250ms, 2s or 5m.\nUsageError: .*\n {4}at /);
});
