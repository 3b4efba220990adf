import {spawn} from 'node:child_process';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {COMMANDS} from '../../src/cli.js';
import {type CommandShape, commandTable, type Shell, shells} from '../../src/options/command-table.js';
import {namespaceTestIf, type TestNamespace} from '../helpers/namespace.js';
import {programCommand, runToEnd} from '../helpers/netmon.js';
import {scratchFolder} from '../helpers/runtime.js';
import {completionScript, completions, whyNoShell} from '../helpers/shells.js';
import {reportSkipped} from '../helpers/skipped.js';
import {onTerminal} from '../helpers/terminal.js';
import {waitFor} from '../helpers/wait.js';

function shellTest(shell: Shell, title: string, run: (t: ExecutionContext<unknown>) => void | Promise<void>): void {
	const why = whyNoShell(shell);
	if (why !== undefined) reportSkipped(title, why);
	(why === undefined ? test.serial : test.serial.skip)(title, run);
}

/** A name that each shell would run as a command if it evaluated it. */
const hostile = 'e$(>evaluated)';

/** In the namespace, with names of its own: `web`, `other` (with the interface v9) and a hostile one. */
function withNames(namespace: TestNamespace) {
	const prepare = [
		'mount -t tmpfs none /run',
		'ip netns add other',
		'ip -n other link add v9 type veth peer name w9',
		': >/run/netns/web',
		': >"/run/netns/n\\$(>evaluated)"',
		'exec "$0" "$@"',
	];
	return (file: string, args: readonly string[]): [string, readonly string[]] =>
		namespace.command('unshare', ['--mount', 'sh', '-e', '-c', prepare.join('\n'), file, ...args]);
}

interface Expected {
	readonly line: string;
	/** What every shell offers, but for what bash leaves out before the last = or :. */
	readonly offers: readonly string[];
	readonly bash?: readonly string[];
	/** Whether the shell offers more, as names of files. */
	readonly among?: boolean;
}

const expectations: readonly Expected[] = [
	{line: 'netmon wa', offers: ['wait', 'watch']},
	{line: 'netmon help wh', offers: ['why']},
	{line: 'netmon completion ', offers: ['bash', 'fish', 'zsh']},
	{line: 'netmon watch --family ', offers: ['all', 'inet', 'inet6']},
	{line: 'netmon watch --family=ine', offers: ['--family=inet', '--family=inet6'], bash: ['inet', 'inet6']},
	{line: 'netmon log --only interface,r', offers: ['interface,route']},
	{line: 'netmon watch --on address-a', offers: ['address-added']},
	{line: 'netmon snapshot --netns ', offers: ['n$(>evaluated)', 'other', 'web']},
	{line: 'netmon watch --netns web --netns o', offers: ['other']},
	{line: 'netmon diff netns:w', offers: ['netns:web'], bash: ['web']},
	{line: 'netmon diff netns:web p', offers: ['pid:'], among: true},
	{line: 'netmon diff pid:1', offers: ['pid:1'], bash: ['1'], among: true},
	{line: 'netmon watch --dev ', offers: [hostile, 'lo', 'v0', 'w0']},
	{line: 'netmon watch --dev lo,v', offers: ['lo,v0']},
	{line: 'netmon watch --netns other --dev v', offers: ['v9']},
	{line: 'netmon why --netns 1 l', offers: ['lo'], among: true},
	{line: 'netmon why d', offers: ['default']},
	{line: 'netmon wait up:v', offers: ['up:v0'], bash: ['v0']},
	{line: 'netmon wait up:v0 !gone:w', offers: ['!gone:w0'], bash: ['w0']},
	{line: 'netmon wait route:', offers: ['route:default'], bash: ['default'], among: true},
	{line: 'netmon watch --journal-size ', offers: []},
];

for (const shell of shells) {
	shellTest(shell, `${shell} completes every option of every command`, (t) => {
		const names = Object.keys(COMMANDS);
		const found = completions(
			t,
			shell,
			names.map((name) => `netmon ${name} --`),
		);
		for (const [at, {flags}] of Object.values(COMMANDS).entries()) {
			const offered = found[at]?.filter((word) => word.startsWith('--')).map((word) => word.replace(/=$/, ''));
			t.deepEqual(offered?.sort(), [...Object.keys(flags), 'help'].map((name) => `--${name}`).sort(), names[at]);
		}
	});

	const title = `${shell} completes values, and the names of namespaces and interfaces, which it never evaluates`;
	namespaceTestIf(whyNoShell(shell), title, async (t, namespace) => {
		namespace.ip('link add v0 type veth peer name w0');
		namespace.ip(['link', 'add', hostile, 'type', 'bridge']);
		const found = completions(
			t,
			shell,
			expectations.map(({line}) => line),
			withNames(namespace),
		);
		for (const [at, {line, offers, bash, among = false}] of expectations.entries()) {
			const words = found[at] ?? [];
			// A shell may offer a name as it has to be written.
			const read = words.map((word) => word.replaceAll('\\', '')).sort();
			const expected = [...((shell === 'bash' ? bash : undefined) ?? offers)].sort();
			if (among)
				t.deepEqual(
					expected.filter((word) => !read.includes(word)),
					[],
					`${line}: ${read.join(' ')}`,
				);
			else t.deepEqual(read, expected, line);
		}
	});
}

test('zsh and fish show each option with its description', (t) => {
	const [zsh, fish] = [completionScript('zsh'), completionScript('fish')];
	for (const {options} of Object.values<CommandShape>(commandTable)) {
		for (const {summary} of Object.values(options)) {
			t.true(zsh.includes(`[${summary.replaceAll("'", "'\\''").replaceAll(/[[\]]/g, '\\$&')}]`), summary);
			t.true(fish.includes(` -d '${summary.replaceAll("'", "\\'")}'`), summary);
		}
	}
});

shellTest(
	'bash',
	'bash completes at its prompt as the script says, also behind = and :, inside quotes, and for the program behind --',
	async (t) => {
		const scratch = scratchFolder();
		t.teardown(() => scratch.close());
		const out = join(scratch.path, 'out');
		const rc = join(scratch.path, 'rc');
		const program = `netmon() { printf '%s|' "$@" >>'${out}'; echo >>'${out}'; }`;
		writeFileSync(rc, `${completionScript('bash')}\n${program}\n`);
		const [file, args] = onTerminal(['bash', ['--noprofile', '--rcfile', rc, '-i']]);
		const bash = spawn(file, args, {
			stdio: ['pipe', 'ignore', 'ignore'],
			cwd: scratch.path,
			env: {...process.env, INPUTRC: '/dev/null', HOME: scratch.path},
		});
		t.teardown(() => void bash.kill('SIGKILL'));
		const typed = [
			'netmon snap\t--fam\tinet6',
			'netmon snapshot --profile=kata-1.1\t',
			'netmon wait ad\tl\t rou\tdef\t',
			"netmon watch --dev 'l\t",
			'netmon watch --record rc\t-- unsha\t',
		];
		for (const line of typed) bash.stdin.write(`${line}\n`);
		await waitFor('the last line', () => existsSync(out) && readFileSync(out, 'utf8').split('\n').length > typed.length);
		t.deepEqual(readFileSync(out, 'utf8').split('\n').slice(0, -1), [
			'snapshot|--family|inet6|',
			'snapshot|--profile=kata-1.13|',
			'wait|address:lo|route:default|',
			'watch|--dev|lo|',
			'watch|--record|rc|--|unshare|',
		]);
	},
);

test('a shell that netmon does not know is a mistake in the command', async (t) => {
	t.deepEqual(await runToEnd(programCommand('netmon', ['completion', 'tcsh'])), {
		code: 1,
		stdout: '',
		stderr: 'Error: there is no completion for "tcsh"\nUse one of bash, zsh, fish.\n',
	});
	t.like(await runToEnd(programCommand('netmon', ['completion'])), {
		code: 1,
		stderr: 'Error: no SHELL is named\nName bash, zsh or fish. See netmon completion --help.\n',
	});
});
