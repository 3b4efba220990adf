import {existsSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {programCommand, Running, runToEnd, testIp} from '../helpers/netmon.js';
import {RecordingRuntime} from '../helpers/runtime.js';
import {waitFor} from '../helpers/wait.js';
import {summaryOf} from './consumer.js';
import {linkCommands} from './links.js';
import {untilLogged} from './log-lines.js';
import {makeMounts, type TestMounts} from './mounts.js';
import {childrenOf, isAlive} from './processes.js';

interface Host {
	readonly mounts: TestMounts;
	readonly runtime: RecordingRuntime;
	start(...args: readonly string[]): Running;
	/** Makes an interface with an address in a namespace. */
	link(netns: string, name: string, n: number): void;
	/** The calls for a sandbox. */
	calls(sandbox: string): string[];
}

/** A host with its own names of namespaces. */
async function makeHost(t: ExecutionContext<unknown>, namespace: TestNamespace, ...names: readonly string[]): Promise<Host> {
	const mounts = await makeMounts(t, namespace);
	mounts.sh(
		`mount -t tmpfs none "$(readlink -f /var/run)"; mkdir -m 700 /run/user\n${names.map((name) => `ip netns add ${name}`).join('\n')}`,
	);
	const runtime = new RecordingRuntime();
	t.teardown(() => runtime.close());
	return {
		mounts,
		runtime,
		start(...args) {
			const [file, rest] = programCommand('netmon', ['watch', '--log-level', 'info', '-r', runtime.path, ...args]);
			const netmon = new Running(mounts.command(file, rest), {NETMON_STATE_DIR: runtime.stateDir, XDG_RUNTIME_DIR: '/run/user', ...testIp});
			t.teardown(() => void netmon.child.kill('SIGKILL'));
			return netmon;
		},
		link: (netns, name, n) =>
			void mounts.sh(
				linkCommands(name, n)
					.map((line) => `ip -n ${netns} ${line}`)
					.join('\n'),
			),
		calls: (sandbox) => summaryOf(runtime.calls.filter(({args}) => args[2] === sandbox)).filter((text) => text.includes('iface')),
	};
}

const called = (host: Host, sandbox: string, ...calls: readonly string[]) =>
	waitFor(`${sandbox}: ${calls.join()}`, () => host.calls(sandbox).join() === calls.join());

namespaceTest(
	'several sandboxes in one process: one whose calls hang or fail holds up no other, and SIGKILL leaves nothing',
	async (t, namespace) => {
		const host = await makeHost(t, namespace, 'a', 'b', 'c');
		host.runtime.hook('case $3 in sb-a) exec sleep 600;; sb-b) echo refused >&2; exit 1;; esac');
		const args = ['-s', 'sb-a=a', '-s', 'sb-b=b', '-s', 'sb-c=c', '--jobs', '2'];
		const netmon = host.start(...args);
		await untilLogged(netmon, 'watching', 3);
		for (const name of ['a', 'b']) host.link(name, 'bad0', 1);
		await waitFor('a call that hangs', () => host.calls('sb-a').length === 1);
		await waitFor('calls that fail', () => host.calls('sb-b').length > 2);
		host.link('c', 'good0', 2);
		await called(host, 'sb-c', 'add-iface good0');
		host.mounts.sh('ip -n c link del good0');
		await called(host, 'sb-c', 'add-iface good0', 'del-iface good0');
		// Before that call the end of the one before is on disk: it is not repeated after the SIGKILL.
		await waitFor(
			'the routes of sb-c',
			() => host.runtime.calls.filter(({args: [, , sandbox]}) => sandbox === 'sb-c').at(-1)?.op === 'update-routes',
		);
		t.is(host.calls('sb-a').length, 1, 'the calls of each sandbox are serial');
		const children = childrenOf(netmon.pid, /./);
		t.true(children.length >= 4);
		netmon.child.kill('SIGKILL');
		await waitFor('the end of its children', () => !children.some(isAlive));

		host.runtime.unhook();
		host.link('c', 'next0', 3);
		await untilLogged(host.start(...args), 'watching', 3);
		await waitFor('what each sandbox lacks', () => ['a', 'b'].every((name) => host.calls(`sb-${name}`).at(-1) === 'add-iface bad0'));
		await called(host, 'sb-c', 'add-iface good0', 'del-iface good0', 'add-iface next0');
	},
);

namespaceTest("-s '{netns}': each namespace that fits is a sandbox, whenever it comes; state and lock go with it", async (t, namespace) => {
	const host = await makeHost(t, namespace, 'pod-1', 'other');
	const netmon = host.start('-s', '{netns}', '--netns', 'pod-*');
	await untilLogged(netmon, 'watching', 1);
	host.mounts.sh('ip netns add pod-2');
	await untilLogged(netmon, 'watching', 2);
	for (const [n, name] of ['pod-1', 'pod-2', 'other'].entries()) host.link(name, `v${n}`, n + 1);
	await called(host, 'pod-1', 'add-iface v0');
	await called(host, 'pod-2', 'add-iface v1');
	const lock = join(host.runtime.stateDir, 'pod-1/netmon.lock');
	t.true(existsSync(lock));
	host.mounts.sh('ip netns del pod-1');
	await waitFor('the end of the lock', () => !existsSync(lock));
	host.mounts.sh('ip -n pod-2 link del v1');
	await called(host, 'pod-2', 'add-iface v1', 'del-iface v1');
	t.deepEqual(host.calls('other'), []);
	t.deepEqual(host.calls('pod-1'), ['add-iface v0'], 'what went with its namespace is not deleted from a guest that has it');
	t.is(await netmon.stop(), 0);
});

namespaceTest('a sandbox of another netmon is logged once and waited for, and the others are watched', async (t, namespace) => {
	const host = await makeHost(t, namespace, 'a', 'b');
	const first = host.start('-s', 'sb-a', '--netns', 'a');
	await untilLogged(first, 'watching', 1);
	const second = host.start('-s', 'sb-a=a', '-s', 'sb-b=b');
	await untilLogged(
		second,
		'cannot watch a namespace, the others go on',
		1,
		({netns, reason}) => netns === 'a' && /already watches/.test(String(reason)),
	);
	// What is there at the start counts as known to the runtime.
	await untilLogged(second, 'watching', 1);
	host.link('b', 'v0', 1);
	await called(host, 'sb-b', 'add-iface v0');
	await first.stop();
	// It has been trying again after 1 s, 2 s, 4 s, and so on.
	await untilLogged(second, 'watching', 2, undefined, 45_000);
	host.link('a', 'v0', 1);
	await called(host, 'sb-a', 'add-iface v0');
	t.deepEqual(host.calls('sb-b'), ['add-iface v0']);
});

namespaceTest('netmon why and verify of a sandbox: a call that is held back, and a guest that differs', async (t, namespace) => {
	const host = await makeHost(t, namespace, 'a', 'b');
	const ask = (...args: readonly string[]) => {
		const [file, rest] = programCommand('netmon', args);
		return runToEnd(host.mounts.command(file, rest), {XDG_RUNTIME_DIR: '/run/user', ...testIp});
	};
	t.like(await ask('verify', '-s', 'sb-a'), {code: 2});
	const netmon = host.start('-s', 'sb-a=a', '-s', 'sb-b=b');
	await untilLogged(netmon, 'watching', 2);
	await waitFor('its socket', async () => (await ask('list', '--json')).stdout.includes('sb-b'));
	t.like(await ask('verify', '-s', 'sb-a'), {code: 0});

	host.runtime.hook('if [ $2 = add-iface ]; then echo refused >&2; exit 1; fi');
	host.link('a', 'v0', 1);
	await waitFor('two tries', () => host.calls('sb-a').filter((text) => text.startsWith('add')).length > 1);
	const why = await ask('why', 'v0', '-s', 'sb-a');
	t.regex(why.stdout, /^v0 is about to be announced: /);
	t.regex(why.stdout, /^add-iface v0: attempt \d+ failed: exit code 1 \(refused\), (?:next attempt in \d+ s|the next attempt is due)$/m);
	t.regex((await ask('list')).stdout, /^\d+ +a +sb-a +\S+ +\d+ +\d+ +\d+ +\d\d:\d\d:\d\d/m, 'held until');
	const differs = await ask('verify', '-s', 'sb-a');
	t.is(differs.code, 1);
	t.regex(differs.stdout, /^! +v0 /m);

	host.runtime.unhook();
	await waitFor('the guest has it', async () => (await ask('verify', '-s', 'sb-a')).code === 0, 45_000);
	const guest = (name: string) => `ip -n a -j -d addr show dev ${name}; ip -n a -j route`;
	const same = await ask('verify', '-s', 'sb-a', '--guest', guest('v0'));
	t.is(same.code, 0, same.stdout + same.stderr);
	const other = await ask('verify', '-s', 'sb-a', '--json', '--guest', guest('lo'));
	t.is(other.code, 1);
	t.like(
		JSON.parse(other.stdout).find(({what}: {what: string}) => what === 'v0'),
		{guest: null, differs: true},
	);
	t.like(await ask('verify', '-s', 'sb-a', '--guest', 'exit 3'), {code: 2});
});
