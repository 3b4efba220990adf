import {appendFileSync, chmodSync, existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {makeMounts} from '../faults/mounts.js';
import {degradedIp} from '../helpers/degraded-ips.js';
import {namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {programCommand, Running, startWatch, withEveryTrick} from '../helpers/netmon.js';
import {RecordingRuntime} from '../helpers/runtime.js';
import {waitFor} from '../helpers/wait.js';

const slowWay = 'ip -batch cannot be used, each question starts a process now';

/** An `ip` in its own folder that records how it was called and then runs another `ip`. */
function tellingIp(t: ExecutionContext<unknown>, other: string) {
	const runtime = new RecordingRuntime();
	t.teardown(() => runtime.close());
	const path = join(runtime.folder, 'ip');
	const log = join(runtime.folder, 'asked');
	writeFileSync(path, `#!/bin/sh\necho "$*" >>"\${0%/*}/asked"\nexec ${other} "$@"\n`);
	chmodSync(path, 0o755);
	const memory = join(runtime.stateDir, '.checked-ip.json');
	return {
		runtime,
		path,
		/** Starts a watch, waits until it has told something, and ends it. Returns what `ip` was asked, and what was logged. */
		async run(namespace: TestNamespace) {
			writeFileSync(log, '');
			const {netmon, fence} = await startWatch(t, namespace, {runtime, env: {...withEveryTrick, NETMON_IP: path}});
			for (let times = 0; times < 4; times += 1) await fence();
			await netmon.stop();
			return {asked: readFileSync(log, 'utf8').split('\n').slice(0, -1), log: netmon.stderr};
		},
		remembered: (): unknown => (existsSync(memory) ? JSON.parse(readFileSync(memory, 'utf8')).batch : undefined),
	};
}

const batches = (asked: readonly string[]) => asked.filter((words) => words.includes('-batch')).length;
const versions = (asked: readonly string[]) => asked.filter((words) => words === '-V').length;

namespaceTest('an ip without a batch is found out once, and the next start does not try again', async (t, namespace) => {
	const ip = tellingIp(t, degradedIp('no-batch'));
	const first = await ip.run(namespace);
	t.true(batches(first.asked) > 0);
	t.is(versions(first.asked), 1);
	t.is(first.log.split(slowWay).length - 1, 1);
	t.notRegex(first.log, /cannot read the namespace/, 'no question was left unanswered for it');
	t.is(ip.remembered(), false);

	const second = await ip.run(namespace);
	t.is(batches(second.asked), 0);
	t.is(versions(second.asked), 0);
	t.is(second.log.split(slowWay).length - 1, 1, 'each start says so');

	// As an upgrade does.
	appendFileSync(ip.path, '\n');
	const third = await ip.run(namespace);
	t.true(batches(third.asked) > 0);
	t.is(versions(third.asked), 1);
});

namespaceTest('with any number of namespaces, the lack of a batch is logged once', async (t, namespace) => {
	const mounts = await makeMounts(t, namespace);
	mounts.sh('mount -t tmpfs none "$(readlink -f /var/run)"; for n in 1 2 3; do ip netns add web-$n; done');
	const [file, args] = programCommand('netmon', ['watch', '--json', '--netns', 'web-*']);
	const netmon = new Running(mounts.command(file, args), {...withEveryTrick, NETMON_IP: degradedIp('no-batch')});
	t.teardown(() => void netmon.child.kill('SIGKILL'));
	await waitFor('three pictures', () => netmon.stdout.split('"event":"ready"').length === 4);
	t.is(await netmon.stop(), 0);
	t.is(netmon.stderr.split(slowWay).length - 1, 1, netmon.stderr);
});

namespaceTest('an ip with a batch answers by it, and is remembered as one', async (t, namespace) => {
	const ip = tellingIp(t, 'ip');
	const first = await ip.run(namespace);
	t.true(batches(first.asked) > 0);
	t.deepEqual(
		first.asked.filter((words) => words.endsWith('show')),
		[],
		'no process per question',
	);
	await waitFor('what was learnt', () => ip.remembered() === true);
	t.false(first.log.includes(slowWay));
	t.is(versions((await ip.run(namespace)).asked), 0);
});

namespaceTest('an ip whose batch was only too slow is tried again at the next start', async (t, namespace) => {
	const ip = tellingIp(t, degradedIp('batch-that-buffers'));
	const first = await ip.run(namespace);
	t.true(first.log.includes(slowWay));
	t.is(ip.remembered(), undefined);
	t.true(batches((await ip.run(namespace)).asked) > 0);
});

namespaceTest('a damaged file of findings counts as missing', async (t, namespace) => {
	const ip = tellingIp(t, 'ip');
	await ip.run(namespace);
	for (const damage of ['', '{', 'null', '[]', '{"binary":7}', '{"binary":"x","batch":"no"}']) {
		writeFileSync(join(ip.runtime.stateDir, '.checked-ip.json'), damage);
		const {asked, log} = await ip.run(namespace);
		t.is(versions(asked), 1, damage);
		t.false(log.includes(slowWay));
	}
});
