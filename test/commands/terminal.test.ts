import {spawn, spawnSync} from 'node:child_process';
import type {ExecutionContext} from 'ava';
import {namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {programCommand, Running, runToEnd, testIp} from '../helpers/netmon.js';
import {vethPair} from '../helpers/story.js';
import {waitFor} from '../helpers/wait.js';

/** Why no terminal can be had here; undefined where one can: `script` of util-linux makes one. */
const whyNoTerminal = ((): string | undefined => {
	const tried = spawnSync('script', ['--quiet', '--return', '--command', 'test -t 1', '/dev/null'], {stdio: 'ignore'});
	return tried.status === 0 ? undefined : (tried.error?.message ?? `script ended with ${tried.status}`);
})();

if (whyNoTerminal !== undefined) process.stderr.write(`skipped: tests that need a terminal, for none can be had here: ${whyNoTerminal}\n`);

/** A test that is handed a namespace, and needs a terminal. */
function terminalTest(title: string, run: (t: ExecutionContext<unknown>, namespace: TestNamespace) => Promise<void>): void {
	if (whyNoTerminal === undefined) namespaceTest(title, run);
}

/** The command line that runs another one on a terminal; what it shows is on stdout. */
function onTerminal([file, args]: readonly [string, readonly string[]]): [string, string[]] {
	const quoted = [file, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
	// Without exec it depends on the shell whether there is one between, and Ctrl-C ends that too.
	return ['script', ['--quiet', '--return', '--flush', '--command', `exec ${quoted}`, '/dev/null']];
}

const plain = {...testIp, TERM: 'xterm', NO_COLOR: ''};
const esc = '\u001b';

function startOnTerminal(t: ExecutionContext<unknown>, namespace: TestNamespace, env: Readonly<Record<string, string>>): Running {
	const [file, rest] = programCommand('netmon', ['watch', '--log-level', 'info']);
	const netmon = new Running(onTerminal(namespace.command(file, rest)), {...plain, ...env});
	t.teardown(() => void netmon.child.kill('SIGKILL'));
	return netmon;
}

/** Lets something come and go, and resolves to what was shown. */
async function show(netmon: Running, namespace: TestNamespace): Promise<string> {
	await waitFor(`that it watches: ${netmon.stdout}`, () => netmon.stdout.includes('info: watching'));
	namespace.batch(vethPair('v0', undefined));
	await waitFor('v0', () => netmon.stdout.includes('+ interface     v0 '));
	namespace.ip('link set v0 mtu 1400');
	await waitFor('the change', () => netmon.stdout.includes('mtu 1500 → 1400'));
	namespace.ip('link del v0');
	await waitFor('the end of v0', () => netmon.stdout.split('\n').some((line) => /- interface {5}v0 /.test(line)));
	return netmon.stdout;
}

terminalTest('on a terminal what comes is green, what changes yellow, what goes red, and the log is readable', async (t, namespace) => {
	const shown = await show(startOnTerminal(t, namespace, {}), namespace);
	t.true(shown.includes(`${esc}[32m+ interface     v0 `));
	t.true(shown.includes(`${esc}[33m~ interface     v0 `));
	t.true(shown.includes(`${esc}[31m- interface     v0 `));
	t.regex(shown, /\d\d:\d\d:\d\d\.\d{3} info: watching {2}ip=/);
});

for (const [title, env] of [
	['NO_COLOR', {NO_COLOR: '1'}],
	['TERM=dumb', {TERM: 'dumb'}],
] as const) {
	terminalTest(`with ${title} nothing is coloured on a terminal either`, async (t, namespace) => {
		const shown = await show(startOnTerminal(t, namespace, env), namespace);
		t.false(shown.includes(esc));
	});
}

namespaceTest('nothing is coloured in a pipe', async (t, namespace) => {
	const [file, rest] = programCommand('netmon', ['watch', '--log-level', 'info', '--log-format', 'human']);
	const netmon = new Running(namespace.command(file, rest), plain);
	t.teardown(() => void netmon.child.kill('SIGKILL'));
	await netmon.said('info: watching');
	namespace.batch(vethPair('v0', undefined));
	await waitFor('v0', () => netmon.stdout.includes('v0'));
	t.is(await netmon.stop(), 0);
	t.false((netmon.stdout + netmon.stderr).includes(esc));
});

terminalTest('Ctrl-C on the terminal ends an observer with 0', async (t, namespace) => {
	const [file, rest] = programCommand('netmon', ['watch', '--log-level', 'info']);
	const [script, args] = onTerminal(namespace.command(file, rest));
	const child = spawn(script, args, {stdio: ['pipe', 'pipe', 'inherit'], env: {...process.env, ...plain}});
	t.teardown(() => void child.kill('SIGKILL'));
	let shown = '';
	child.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()));
	const exited = new Promise((resolve) => child.once('close', resolve));
	await waitFor('that it watches', () => shown.includes('info: watching'));
	child.stdin.write('\u0003');
	t.is(await exited, 0);
	t.true(shown.includes('info: ending  signal=SIGINT'), shown);
	await waitFor('the end of all processes', () => namespace.processes().length === 0);
});

/** Names that would move a cursor, change a title or look like something else, and how they are shown. */
const hostile: readonly (readonly [string, string])[] = [
	['v\u001b[2J', 'v\\x1b[2J'],
	['v\u001b]0;x\u0007', 'v\\x1b]0;x\\x07'],
	['v\u007f', 'v\\x7f'],
	['v\u0001\u0002', 'v\\x01\\x02'],
	['v\u0085', 'v\\x85'],
	['v\u202ex', 'v\\u202ex'],
	['vé', 'vé'],
	['v\'"\\$(x)`', 'v\'"\\$(x)`'],
];

terminalTest('names that a terminal would obey are shown escaped', async (t, namespace) => {
	const netmon = startOnTerminal(t, namespace, {NO_COLOR: '1'});
	await waitFor(`that it watches: ${netmon.stdout}`, () => netmon.stdout.includes('info: watching'));
	for (const [index, [name]] of hostile.entries()) {
		namespace.ip(['link', 'add', 'name', name, 'type', 'veth', 'peer', 'name', `p${index}`]);
	}
	for (const [, shown] of hostile) await waitFor(shown, () => netmon.stdout.includes(`+ interface     ${shown} `));
	// biome-ignore lint/suspicious/noControlCharactersInRegex: what is looked for
	t.notRegex(netmon.stdout, /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]/);
});

namespaceTest('names that a terminal would obey are shown escaped in the table of a snapshot', async (t, namespace) => {
	for (const [index, [name]] of hostile.entries()) {
		namespace.ip(['link', 'add', 'name', name, 'type', 'veth', 'peer', 'name', `p${index}`]);
	}
	const [file, rest] = programCommand('netmon', ['snapshot']);
	const {code, stdout} = await runToEnd(namespace.command(file, rest), testIp);
	t.is(code, 0);
	for (const [, shown] of hostile) t.true(stdout.includes(`  ${shown} `), shown);
	// biome-ignore lint/suspicious/noControlCharactersInRegex: what is looked for
	t.notRegex(stdout, /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
});

terminalTest('a terminal that goes away takes its observer with it', async (t, namespace) => {
	const netmon = startOnTerminal(t, namespace, {});
	await waitFor(`that it watches: ${netmon.stdout}`, () => netmon.stdout.includes('info: watching'));
	t.true(namespace.processes().length > 0);
	netmon.child.kill('SIGKILL');
	await waitFor('the end of all', () => namespace.processes().length === 0);
});
