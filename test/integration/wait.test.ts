import {chmodSync, lstatSync, mkdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {makeNamespace, namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {programCommand, Running, root, runToEnd, testIp} from '../helpers/netmon.js';
import {scratchFolder} from '../helpers/runtime.js';
import {waitFor} from '../helpers/wait.js';

function commandOf(namespace: TestNamespace, args: readonly string[]): [string, string[]] {
	const [file, rest] = programCommand('netmon', ['wait', ...args]);
	return namespace.command(file, rest);
}

type Ended = Awaited<ReturnType<typeof runToEnd>>;

const waitToEnd = (namespace: TestNamespace, ...args: readonly string[]) => runToEnd(commandOf(namespace, args), testIp);

/**
 * Waits with --timeout, for something that does not hold. Where the machine is too busy to read the namespace within the time, that is
 * what netmon says: then it is given more.
 *
 * @param prepare called before each start
 */
async function waitInVain(namespace: TestNamespace, args: readonly string[], prepare = () => {}): Promise<Ended> {
	for (const seconds of [1, 4, 16]) {
		prepare();
		const ended = await waitToEnd(namespace, ...args, '--timeout', `${seconds}s`);
		if (!ended.stderr.endsWith('netmon: the namespace has not been read yet\n')) return ended;
	}
	throw new Error('the namespace was not read in 16 s');
}

function startWait(t: ExecutionContext<unknown>, namespace: TestNamespace, ...args: readonly string[]): Running {
	const waiting = new Running(commandOf(namespace, args), testIp);
	t.teardown(() => void waiting.child.kill('SIGKILL'));
	return waiting;
}

/** Waits until it has started `ip`, more than once. */
const watches = (namespace: TestNamespace) => waitFor('its monitor', () => namespace.processes().length >= 3);

namespaceTest('what holds already: exit 0 at once, without a monitor, and nothing is printed', async (t, namespace) => {
	namespace.batch(['link add v0 type veth peer name p0', 'link set v0 up', 'link set p0 up', 'addr add 10.1.0.2/24 dev v0']);
	const conditions = ['link:v0', 'up:v0', 'gone:v9', '!link:v9', 'address:v0', 'address:v0=10.1.0.2/24', 'route:10.1.0.0/24'];
	t.deepEqual(await waitToEnd(namespace, ...conditions), {code: 0, stdout: '', stderr: ''});
});

namespaceTest('waits until all conditions hold together, with --settle for as long', async (t, namespace) => {
	namespace.ip('link add v0 type veth peer name p0');
	const waiting = startWait(t, namespace, 'up:v0', 'route:default', '--settle', '200ms');
	await watches(namespace);
	namespace.batch(['link set v0 up', 'link set p0 up', 'addr add 10.1.0.2/24 dev v0']);
	const first = performance.now();
	namespace.batch(['route add default via 10.1.0.1', 'route del default']);
	// Before the change: this process may stall after it.
	const second = performance.now();
	namespace.ip('route add default via 10.1.0.9');
	t.is(await waiting.exited, 0, waiting.stderr);
	// On a busy machine the first route may have been there long enough.
	const since = second - first < 150 ? second : first;
	t.true(performance.now() - since >= 150);
	t.is(waiting.stdout + waiting.stderr, '');
	// The kernel ends them after netmon.
	await waitFor('the end of its children', () => namespace.processes().length === 0);
});

namespaceTest('--timeout: exit 1, and one line that says what does not hold, and why', async (t, namespace) => {
	namespace.ip('link add v0 type veth peer name p0');
	t.deepEqual(await waitInVain(namespace, ['link:v0', 'up:v0', 'route:default']), {
		code: 1,
		stdout: '',
		stderr: 'netmon: up:v0 does not hold: v0 is down\n',
	});
	// A question: it reads once.
	t.is((await waitToEnd(namespace, 'link:v0', '--timeout', '0')).code, 0);
	t.deepEqual(await waitToEnd(namespace, 'up:v0', '--timeout', '0'), {
		code: 1,
		stdout: '',
		stderr: 'netmon: up:v0 does not hold: v0 is down\n',
	});
	t.deepEqual(await waitInVain(namespace, ['link:v0', '--settle', '1m']), {
		code: 1,
		stdout: '',
		stderr: 'netmon: all conditions hold, but not for 60000 ms yet\n',
	});
	await waitFor('the end of its children', () => namespace.processes().length === 0);
});

/** A program in the place of `ip`. */
function standIn(t: ExecutionContext<unknown>, script: string): {folder: string; ip: string} {
	const {path, close} = scratchFolder();
	t.teardown(close);
	const ip = join(path, 'ip');
	writeFileSync(ip, `#!/bin/sh\n${script}\n`);
	chmodSync(ip, 0o755);
	return {folder: path, ip};
}

namespaceTest('--timeout holds for an ip that does not answer too', async (t, namespace) => {
	const {ip} = standIn(t, 'exec sleep 1000');
	t.deepEqual(await waitToEnd(namespace, 'link:lo', '--ip', ip, '--timeout', '300ms'), {
		code: 1,
		stdout: '',
		stderr: 'netmon: the namespace has not been read yet\n',
	});
	await waitFor('the end of its children', () => namespace.processes().length === 0);
});

namespaceTest('--follow: a namespace that goes while it is read is waited for', async (t, namespace) => {
	const {folder, ip} = standIn(t, '[ "$1" = -V ] && exec ip -V; rm -f "$(dirname "$0")/web"; exit 1');
	const name = join(folder, 'web');
	const {code, stderr} = await waitInVain(namespace, ['link:lo', '--netns', name, '--follow', '--ip', ip], () => {
		rmSync(name, {force: true});
		symlinkSync(`/proc/${namespace.pid}/ns/net`, name);
	});
	t.is(stderr.split('\n').at(-2), `netmon: there is no namespace ${name}`, stderr);
	t.is(code, 1);
});

namespaceTest('--follow: one that goes while it is watched is waited for, also where no event tells', async (t, namespace) => {
	const {folder, ip} = standIn(t, 'rm -f "$(dirname "$0")/deep/web"; exit 1');
	const [name, deep] = [join(folder, 'web'), join(folder, 'deep')];
	mkdirSync(deep);
	symlinkSync(join(deep, 'web'), name);
	const {code, stderr} = await waitInVain(namespace, ['link:lo', '--netns', name, '--follow', '--ip', ip, '--settle', '1ms'], () => {
		rmSync(join(deep, 'web'), {force: true});
		symlinkSync(`/proc/${namespace.pid}/ns/net`, join(deep, 'web'));
	});
	t.is(stderr.split('\n').at(-2), `netmon: there is no namespace ${name}`, stderr);
	t.is(code, 1);
});

for (const [command, found] of [
	['wait link:lo', ''],
	['watch --json', '"ready"'],
] as const) {
	namespaceTest(`netmon ${command} --follow: a name that goes just after it was found is waited for`, async (t, namespace) => {
		const {path, close} = scratchFolder();
		t.teardown(close);
		const name = join(path, 'web');
		symlinkSync(`/proc/${namespace.pid}/ns/net`, name);
		const [file, args] = programCommand('netmon', [...command.split(' '), '--netns', name, '--follow']);
		const env = {...testIp, GONE_ONCE: name, NODE_OPTIONS: `--require=${root}test/fixtures/programs/gone-once.cjs`};
		const netmon = new Running(namespace.command(file, args), env);
		t.teardown(() => void netmon.child.kill('SIGKILL'));
		await waitFor('its first look', () => lstatSync(name, {throwIfNoEntry: false}) === undefined);
		symlinkSync(`/proc/${namespace.pid}/ns/net`, name);
		if (found !== '') await waitFor(`${found} in ${netmon.stdout}${netmon.stderr}`, () => netmon.stdout.includes(found));
		t.is(found === '' ? await netmon.exited : await netmon.stop(), 0, netmon.stderr);
	});
}

namespaceTest('a tentative address does not count: the line says so', async (t, namespace) => {
	namespace.batch(['link add v0 type veth peer name p0', 'link set v0 addrgenmode none', 'addr add fd00::2/64 dev v0']);
	const {code, stderr} = await waitInVain(namespace, ['address:v0']);
	t.is(code, 1);
	t.is(stderr, 'netmon: address:v0 does not hold: v0 is down, its address fd00::2/64 is tentative\n');
});

namespaceTest('a namespace that is not there: trouble, and with --follow it is waited for', async (t, namespace) => {
	const {path, close} = scratchFolder();
	t.teardown(close);
	const name = join(path, 'web');
	const missing = await waitToEnd(namespace, 'link:lo', '--netns', name);
	t.is(missing.code, 2);
	t.regex(missing.stderr, /^Error: there is no network namespace/);
	const late = await waitToEnd(namespace, 'link:lo', '--netns', name, '--follow', '--timeout', '300ms');
	t.deepEqual([late.code, late.stderr], [1, `netmon: there is no namespace ${name}\n`]);
	const inner = await makeNamespace(namespace);
	t.teardown(() => inner.close());
	const waiting = startWait(t, namespace, 'up:v0', '--netns', name, '--follow');
	symlinkSync(`/proc/${inner.pid}/ns/net`, name);
	await waitFor('its monitor', () => inner.processes().length > 0);
	inner.batch(['link add v0 type veth peer name p0', 'link set v0 up', 'link set p0 up']);
	t.is(await waiting.exited, 0, waiting.stderr);
});

for (const [args, says] of [
	[[], 'no condition is given'],
	[['up'], '"up" is not a condition'],
	[['route:10.0.0.1/8'], '"route:10.0.0.1/8" is not a condition'],
	[['link:lo', '--timeout', '5'], '--timeout is not a time: "5"'],
	[['link:lo', '--bogus'], '--bogus is not an option of netmon wait'],
	[['link:lo', '--ip', '/nonexistent'], '"/nonexistent" is not an executable program'],
] as const) {
	namespaceTest(`netmon wait ${args.join(' ')}: any trouble, a mistake too, is exit code 2`, async (t, namespace) => {
		const [file, rest] = programCommand('netmon', ['wait', ...args]);
		const {code, stderr} = await runToEnd(namespace.command(file, rest));
		t.is(code, 2);
		t.true(stderr.startsWith(`Error: ${says}`), stderr);
	});
}
