import {mkdirSync, renameSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {makeNamespace, namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {programCommand, Running, type Started, startWatch} from '../helpers/netmon.js';
import {scratchFolder} from '../helpers/runtime.js';
import {waitFor} from '../helpers/wait.js';
import {summaryOf} from './consumer.js';
import {linkCommands} from './links.js';
import {untilLogged} from './log-lines.js';
import {makeMounts, type TestMounts} from './mounts.js';

/** Mounts with private names for `ip netns`, for any user. */
async function withNames(t: ExecutionContext<unknown>, namespace: TestNamespace): Promise<TestMounts> {
	const mounts = await makeMounts(t, namespace);
	mounts.sh('mount -t tmpfs none "$(readlink -f /var/run)"');
	return mounts;
}

/** Makes a namespace with a link, and gives it the name in one step: a netmon that waits for the name must not see it half-made. */
function addNamed(mounts: TestMounts, name: string, link: string): void {
	mounts.sh(
		[
			'ip netns add made',
			...linkCommands(link, 1).map((line) => `ip -n made ${line}`),
			`: >/var/run/netns/${name}`,
			`mount --bind /var/run/netns/made /var/run/netns/${name}`,
			'ip netns del made',
		].join('\n'),
	);
}

async function endsSaying(t: ExecutionContext<unknown>, {netmon}: Started, says: RegExp): Promise<void> {
	await waitFor('its end', () => netmon.child.exitCode !== null);
	t.is(await netmon.exited, 2, netmon.stderr);
	t.regex(netmon.stderr, says);
}

namespaceTest(
	'a namespace whose name is deleted while it is watched: one error, exit code 2, and nothing keeps it alive',
	async (t, namespace) => {
		const mounts = await withNames(t, namespace);
		addNamed(mounts, 'web', 'a0');
		mounts.sh('ip link add outside type veth peer name inside netns web');
		const started = await startWatch(t, mounts, {args: ['--netns', 'web']});
		mounts.sh('ip netns del web');
		await endsSaying(t, started, /Error: the network namespace "web" is gone\nWith --follow/);
		await waitFor('the end of the namespace', () => !namespace.ip('-o link show').includes('outside'));
		t.deepEqual(started.runtime.calls, [], 'what was in it is not deleted from a guest that has it');
	},
);

namespaceTest('a namespace that is replaced by another of the same name: one error, exit code 2', async (t, namespace) => {
	const {path, close} = scratchFolder();
	t.teardown(close);
	const [first, second] = [await makeNamespace(namespace), await makeNamespace(namespace)];
	t.teardown(() => first.close());
	t.teardown(() => second.close());
	const name = join(path, 'web');
	symlinkSync(`/proc/${first.pid}/ns/net`, name);
	const started = await startWatch(t, namespace, {args: ['--netns', name]});
	symlinkSync(`/proc/${second.pid}/ns/net`, `${name}.new`);
	renameSync(`${name}.new`, name);
	await endsSaying(t, started, /Error: the network namespace ".*web" was replaced by another\n/);
});

namespaceTest('--follow: when the name is gone it waits for it, and starts again in the new namespace', async (t, namespace) => {
	const mounts = await withNames(t, namespace);
	addNamed(mounts, 'web', 'a0');
	const {netmon, runtime} = await startWatch(t, mounts, {args: ['--netns', 'web', '--follow']});
	mounts.sh('ip netns del web');
	await untilLogged(netmon, 'the namespace is gone, waiting for its name');
	netmon.child.kill('SIGUSR1');
	await untilLogged(netmon, 'state', 1, ({state}) => JSON.stringify(state) === '{}');
	addNamed(mounts, 'web', 'b0');
	await untilLogged(netmon, 'watching', 2);
	await untilLogged(netmon, 'state is set aside, the start is a fresh one', 1, ({reason}) => reason === 'its namespace is gone');
	mounts.sh(
		linkCommands('c0', 3)
			.map((line) => `ip -n web ${line}`)
			.join('\n'),
	);
	await runtime.until('c0', (calls) => summaryOf(calls).includes('add-iface c0'));
	t.deepEqual(
		summaryOf(runtime.calls).filter((text) => text.includes('iface')),
		['add-iface c0'],
	);
	mounts.sh('ip netns del web');
	await untilLogged(netmon, 'the namespace is gone, waiting for its name', 2);
	t.is(await netmon.stop(), 0, 'also while it waits');
});

namespaceTest('--follow: it also waits at the start for a name that does not exist yet', async (t, namespace) => {
	const mounts = await withNames(t, namespace);
	const starting = startWatch(t, mounts, {args: ['--netns', 'web', '--follow']});
	mounts.sh('ip netns add other');
	addNamed(mounts, 'web', 'a0');
	const {netmon} = await starting;
	t.is(await netmon.stop(), 0);
});

for (const how of ['ends', 'ends, and whose pid is another’s by now'] as const) {
	namespaceTest(`a namespace named by a process that ${how}: one error, exit code 2`, async (t, namespace) => {
		const mounts = await makeMounts(t, namespace);
		const inner = await makeNamespace(namespace);
		t.teardown(() => inner.close());
		const started = await startWatch(t, mounts, {args: ['--netns', String(inner.pid)]});
		if (how === 'ends') inner.close();
		// To netmon this looks like a later process with the same pid.
		else mounts.sh(`mount --bind /proc/${namespace.pid} /proc/${inner.pid}`);
		await endsSaying(t, started, how === 'ends' ? /is gone/ : /was replaced by another/);
	});
}

namespaceTest('a namespace named by a link to that of a process that ends: one error, exit code 2', async (t, namespace) => {
	const {path, close} = scratchFolder();
	t.teardown(close);
	const inner = await makeNamespace(namespace);
	t.teardown(() => inner.close());
	const name = join(path, 'web');
	symlinkSync(`/proc/${inner.pid}/ns/net`, name);
	const started = await startWatch(t, namespace, {args: ['--netns', name]});
	inner.close();
	await endsSaying(t, started, /Error: the network namespace ".*web" is gone\n/);
});

namespaceTest('--follow: a namespace that goes during the start, of which no event tells, is waited for', async (t, namespace) => {
	const {path, close} = scratchFolder();
	t.teardown(close);
	const [ip, name, deep] = [join(path, 'ip'), join(path, 'web'), join(path, 'deep')];
	// netmon has no inotify watch on the folder of a link's target.
	writeFileSync(ip, `#!/bin/sh\nrm -f '${deep}/web'\nexit 1\n`, {mode: 0o755});
	mkdirSync(deep);
	symlinkSync(join(deep, 'web'), name);
	symlinkSync(`/proc/${namespace.pid}/ns/net`, join(deep, 'web'));
	const netmon = new Running(namespace.command(...programCommand('netmon', ['watch', '--netns', name, '--follow', '--ip', ip])));
	t.teardown(async () => {
		netmon.child.kill('SIGKILL');
		await netmon.exited;
	});
	await untilLogged(netmon, 'the namespace is gone, waiting for its name');
	t.is(await netmon.stop(), 0, netmon.stderr);
});
