import {type ChildProcess, spawn} from 'node:child_process';
import {chmodSync} from 'node:fs';
import type {ExecutionContext} from 'ava';
import {isAlive, processesBeside} from '../faults/processes.js';
import {namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {programCommand, Running, runToEnd, testIp} from '../helpers/netmon.js';
import {RecordingRuntime} from '../helpers/runtime.js';
import {vethPair} from '../helpers/story.js';
import {onTerminal, plain, terminalTest} from '../helpers/terminal.js';
import {waitFor} from '../helpers/wait.js';

const esc = '\u001b';

function startOnTerminal(t: ExecutionContext<unknown>, namespace: TestNamespace, env: Readonly<Record<string, string>>): Running {
	const [file, rest] = programCommand('netmon', ['watch', '--log-level', 'info']);
	const netmon = new Running(onTerminal(namespace.command(file, rest)), {...plain, ...env});
	t.teardown(() => void netmon.child.kill('SIGKILL'));
	return netmon;
}

/** Makes something come and go, and resolves to what was shown. */
async function show(netmon: Running, namespace: TestNamespace): Promise<string> {
	await waitFor(`that it watches: ${netmon.stdout}`, () => netmon.stdout.includes('info: watching'));
	namespace.batch(vethPair('v0', undefined));
	await waitFor('v0', () => netmon.stdout.includes('+ v0     #'));
	namespace.ip('link set v0 mtu 1400');
	await waitFor('the change', () => netmon.stdout.includes('mtu 1500 → 1400'));
	namespace.ip('link del v0');
	await waitFor('the end of v0', () => netmon.stdout.split('\n').some((line) => /- v0 {5}removed/.test(line)));
	return netmon.stdout;
}

terminalTest('on a terminal what comes is green, what changes yellow, what goes red, and the log is readable', async (t, namespace) => {
	const shown = await show(startOnTerminal(t, namespace, {}), namespace);
	t.true(shown.includes(`${esc}[32m+ v0     #`));
	t.true(shown.includes(`${esc}[33m~ v0     `));
	t.true(shown.includes(`${esc}[31m- v0     removed`));
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
	// After its end there may be no terminal to type on.
	child.stdin.on('error', () => undefined);
	let shown = '';
	child.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()));
	const exited = new Promise((resolve) => child.once('close', resolve));
	await waitFor('that it watches', () => shown.includes('info: watching'));
	child.stdin.write('\u0003');
	t.is(await exited, 0);
	t.true(shown.includes('info: ending  signal=SIGINT'), shown);
	await waitFor('the end of all processes', () => namespace.processes().length === 0);
});

terminalTest(
	'a hook on a terminal says that it watches; an interface that is not there is said wherever that goes',
	async (t, namespace) => {
		const [script, args] = onTerminal(namespace.command(...programCommand('netmon', ['watch', '--dev', 'nope,v*', '--', 'true'])));
		const netmon = new Running([script, args], plain);
		t.teardown(() => void netmon.child.kill('SIGKILL'));
		// A terminal may hand on a line without its end first.
		await waitFor('both', () => /no such interface yet.*\r?\n$/.test(netmon.stdout));
		t.regex(
			netmon.stdout,
			/^Watching: true is run for each change\. Ctrl-C ends it\.\r?\n.* warn: there is no such interface yet, waiting for it {2}dev=nope\r?\n$/,
		);
	},
);

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
	for (const [, shown] of hostile) await waitFor(shown, () => netmon.stdout.includes(`+ ${shown} `));
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

interface OnTerminal {
	readonly script: ChildProcess;
	readonly exited: Promise<unknown>;
	readonly shown: () => string;
	readonly runtime: RecordingRuntime;
	/** The process of netmon itself. */
	readonly pid: number;
	type(key: string): void;
}

/** A daemon that shows its changes and its log on a terminal. */
async function startDaemon(t: ExecutionContext<unknown>, namespace: TestNamespace, around: readonly string[] = []): Promise<OnTerminal> {
	const runtime = new RecordingRuntime();
	chmodSync(runtime.folder, 0o777);
	const args = ['watch', '-s', 'sb1', '-r', runtime.path, '--state-dir', runtime.stateDir, '--output', 'human', '--log-level', 'info'];
	const [program, rest] = programCommand('netmon', args);
	const [file = '', ...words] = [...around, program, ...rest];
	const [script, own] = onTerminal(namespace.command(file, words));
	const child = spawn(script, own, {stdio: ['pipe', 'pipe', 'inherit'], env: {...process.env, ...plain}});
	t.teardown(() => {
		child.kill('SIGKILL');
		runtime.close();
	});
	// After its end there may be no terminal to type on.
	child.stdin.on('error', () => undefined);
	let shown = '';
	child.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()));
	const exited = new Promise((resolve) => child.once('close', resolve));
	await waitFor(`that it watches: ${shown}`, () => shown.includes('info: watching'));
	// The first one: a process that it is starting has its command line for a moment.
	const pid = Number.parseInt(processesBeside(namespace.pid).find((one) => one.includes('run.js')) ?? '', 10);
	if (Number.isNaN(pid)) throw new Error('netmon does not run');
	return {script: child, exited, shown: () => shown, runtime, pid, type: (key) => child.stdin.write(key)};
}

const ctrlS = '\u0013';
const ctrlQ = '\u0011';

/** Waits for the call with a route that it makes, and for nothing else. */
async function isCalled(namespace: TestNamespace, {runtime}: OnTerminal, dst: string): Promise<void> {
	namespace.ip(`route add ${dst} dev lo`);
	await runtime.until(dst, (calls) => calls.some(({text}) => text.includes(`"${dst}"`)));
}

/** More than a terminal takes while nobody reads it. */
const many = Array.from({length: 1000}, (_, n) => `10.${100 + (n >> 8)}.${n & 255}.0/24`);

for (const {title, stop, goOn} of [
	{title: 'Ctrl-S', stop: ({type}: OnTerminal) => type(ctrlS), goOn: ({type}: OnTerminal) => type(ctrlQ)},
	{
		title: 'a stuck ssh',
		stop: ({script}: OnTerminal) => script.kill('SIGSTOP'),
		goOn: ({script}: OnTerminal) => script.kill('SIGCONT'),
	},
]) {
	terminalTest(`story 33: calls go on while the terminal is stopped, and its lines come afterwards: ${title}`, async (t, namespace) => {
		const netmon = await startDaemon(t, namespace);
		stop(netmon);
		namespace.batch(many.map((dst) => `route add ${dst} dev lo`));
		await isCalled(namespace, netmon, '10.9.0.0/16');
		namespace.batch(vethPair('v0', '10.1.0.2/24'));
		await netmon.runtime.until('v0', (calls) => calls.some(({op, text}) => op === 'add-iface' && text.includes('"v0"')));
		t.false(netmon.shown().includes('10.9.0.0/16'));
		goOn(netmon);
		await waitFor('its lines', () => netmon.shown().includes('+ v0     #'));
		t.deepEqual(
			[...many, '10.9.0.0/16'].filter((dst) => !netmon.shown().includes(`+ route  ${dst} `)),
			[],
		);
		process.kill(netmon.pid, 'SIGTERM');
		t.is(await netmon.exited, 0);
	});

	terminalTest(`story 33: SIGTERM ends it while the terminal is stopped: ${title}`, async (t, namespace) => {
		const netmon = await startDaemon(t, namespace);
		stop(netmon);
		namespace.batch(many.map((dst) => `route add ${dst} dev lo`));
		await isCalled(namespace, netmon, '10.9.0.0/16');
		process.kill(netmon.pid, 'SIGTERM');
		await waitFor('its end', () => !isAlive(netmon.pid));
		goOn(netmon);
		t.is(await netmon.exited, 0);
	});
}

/**
 * Makes a program run as another user, as su does, so that the terminal belongs to somebody else. CAP_DAC_READ_SEARCH lets it read a clone
 * in root's home, which is closed to others.
 */
const asOther = [
	...['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'],
	...['--inh-caps=+net_admin,+dac_read_search', '--ambient-caps=+net_admin,+dac_read_search', '--'],
];

if (process.getuid?.() === 0) {
	terminalTest('story 33: a terminal that belongs to another user, as after su, stops no call either', async (t, namespace) => {
		const netmon = await startDaemon(t, namespace, asOther);
		netmon.type(ctrlS);
		namespace.batch(many.map((dst) => `route add ${dst} dev lo`));
		await isCalled(namespace, netmon, '10.9.0.0/16');
		process.kill(netmon.pid, 'SIGTERM');
		await waitFor('its end', () => !isAlive(netmon.pid));
		netmon.type(ctrlQ);
		t.is(await netmon.exited, 0);
	});
}
