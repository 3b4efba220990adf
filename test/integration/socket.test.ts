import {connect} from 'node:net';
import type {ExecutionContext} from 'ava';
import {makeMounts, type TestMounts} from '../faults/mounts.js';
import {httpGet} from '../helpers/http-get.js';
import {namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {programCommand, Running, root, runToEnd, testIp} from '../helpers/netmon.js';
import {eventsIn} from '../helpers/schemas.js';
import {waitFor} from '../helpers/wait.js';

/** An ordinary user is root in the namespaces of a test. */
const sockets = '/run/netmon';

/** A private /run for the test. */
async function ownRun(t: ExecutionContext<unknown>, namespace: TestNamespace): Promise<TestMounts> {
	const mounts = await makeMounts(t, namespace);
	mounts.sh('mount -t tmpfs none /run');
	return mounts;
}

async function startWatch(t: ExecutionContext<unknown>, mounts: TestMounts, ...args: readonly string[]): Promise<Running> {
	const [file, rest] = programCommand('netmon', ['watch', '--json', ...args]);
	const netmon = new Running(mounts.command(file, rest), testIp);
	t.teardown(() => void netmon.child.kill('SIGKILL'));
	await waitFor('its socket', () => listed(mounts).includes(`${netmon.pid}.sock`));
	return netmon;
}

const listed = (mounts: TestMounts): string[] => mounts.sh(`ls ${sockets} 2>/dev/null || true`).split('\n').filter(Boolean);
const ask = (mounts: TestMounts, {pid}: Running, path: string) => mounts.run(...httpGet(`http://netmon${path}`, `${sockets}/${pid}.sock`));
const command = async (mounts: TestMounts, ...args: readonly string[]) => {
	const [file, rest] = programCommand('netmon', args);
	return runToEnd(mounts.command(file, rest), testIp);
};

namespaceTest('the socket: for its user alone, /state has the keys of the contract, and it goes with the watch', async (t, namespace) => {
	const mounts = await ownRun(t, namespace);
	namespace.ip('link add v0 type veth peer name p0');
	const netmon = await startWatch(t, mounts);
	t.is(mounts.sh(`stat -c %a ${sockets} ${sockets}/${netmon.pid}.sock`), '700\n600\n');
	const state = JSON.parse(ask(mounts, netmon, '/state'));
	t.deepEqual(Object.keys(state), ['v', 'pid', 'version', 'since', 'namespaces']);
	t.is(state.pid, netmon.pid);
	const [own] = state.namespaces;
	t.deepEqual(Object.keys(own), [
		...['netns', 'sandbox', 'interfaces', 'routes', 'announced', 'decisions', 'waiting', 'held', 'losses', 'missed'],
	]);
	t.true(own.interfaces.some(({ifname}: {ifname: string}) => ifname === 'v0'));
	t.regex(ask(mounts, netmon, '/metrics'), /^netmon_interfaces\{netns="",sandbox=""\} 3$/m);
	t.is(await netmon.stop(), 0);
	t.deepEqual(listed(mounts), []);
});

namespaceTest('without a runtime too, only the first start asks ip for its version', async (t, namespace) => {
	const mounts = await ownRun(t, namespace);
	mounts.sh(`mkdir -m 700 ${sockets}
		printf '#!/bin/sh\\necho "$*" >>/run/asked\\nexec ${testIp['NETMON_IP'] ?? 'ip'} "$@"\\n' >/run/ip; chmod 755 /run/ip`);
	for (let starts = 0; starts < 2; starts += 1) {
		const netmon = await startWatch(t, mounts, '--ip', '/run/ip');
		t.is(mounts.sh('grep -cxe -V /run/asked'), '1\n');
		t.is(await netmon.stop(), 0);
	}
});

namespaceTest('/events: what is there, ready, then each change', async (t, namespace) => {
	const mounts = await ownRun(t, namespace);
	const netmon = await startWatch(t, mounts);
	const reader = new Running(mounts.command(...httpGet('http://netmon/events', `${sockets}/${netmon.pid}.sock`)));
	t.teardown(() => void reader.child.kill('SIGKILL'));
	await waitFor('ready', () => reader.stdout.includes('"ready"'));
	namespace.ip('link add v0 type veth peer name p0');
	await waitFor('both ends', () => reader.stdout.split('"interface-added"').length > 2 && reader.stdout.endsWith('\n'));
	const kinds = eventsIn(reader.stdout).map(({event}) => event);
	t.is(kinds[0], 'interface-found');
	t.deepEqual(kinds.slice(kinds.indexOf('ready')), ['ready', 'interface-added', 'interface-added']);
});

namespaceTest('a client that says nothing, or does not read, holds nothing up', async (t, namespace) => {
	const mounts = await ownRun(t, namespace);
	const netmon = await startWatch(t, mounts);
	const path = `/proc/${netmon.pid}/root${sockets}/${netmon.pid}.sock`;
	const silent = connect(path);
	const stalled = connect(path, () => void stalled.write('GET /events HTTP/1.1\r\nhost: x\r\n\r\n'));
	for (const socket of [silent, stalled]) {
		socket.on('error', () => undefined);
		socket.pause();
		t.teardown(() => void socket.destroy());
	}
	namespace.batch(Array.from({length: 2000}, (_, n) => `route add 10.${n >> 8}.${n & 255}.0/24 dev lo`));
	await waitFor('the last route', () => netmon.stdout.includes('"10.7.207.0/24"'));
	t.is(JSON.parse(ask(mounts, netmon, '/state')).namespaces[0].routes.length, 2000);
});

namespaceTest('netmon list: each namespace, in a table and as JSON; what a SIGKILL has left is removed', async (t, namespace) => {
	const mounts = await ownRun(t, namespace);
	t.is((await command(mounts, 'list')).stdout, 'no netmon watch of this user is running\n');
	const killed = await startWatch(t, mounts);
	killed.child.kill('SIGKILL');
	await killed.exited;
	t.deepEqual(listed(mounts), [`${killed.pid}.sock`]);
	const netmon = await startWatch(t, mounts);
	t.deepEqual(listed(mounts), [`${netmon.pid}.sock`], 'the next start removes it too');
	const [row] = JSON.parse((await command(mounts, 'list', '--json')).stdout);
	t.like(row, {pid: netmon.pid, netns: null, sandbox: null, interfaces: 1, waiting: 0, held_until: null, last_loss: null, missed: 0});
	const table = (await command(mounts, 'list')).stdout.split('\n');
	t.regex(table[0] ?? '', /^PID +NETNS +SANDBOX +SINCE +INTERFACES +ROUTES +WAITING +HELD UNTIL +LAST LOSS +MISSED$/);
	t.regex(table[1] ?? '', new RegExp(`^${netmon.pid} +- +- `));
	netmon.child.kill('SIGKILL');
	await netmon.exited;
	t.is((await command(mounts, 'list', '--json')).stdout, '[]\n');
	t.deepEqual(listed(mounts), []);
	const waiting = await startWatch(t, mounts, '--netns', 'none-*');
	t.regex((await command(mounts, 'list')).stdout, new RegExp(`\n${waiting.pid} +\\(none\\) +- `), 'it waits for its namespaces');
});

namespaceTest('netmon list: the socket of a watch that does not listen yet is not taken for a stale one', async (t, namespace) => {
	const mounts = await ownRun(t, namespace);
	mounts.sh('touch /run/hold');
	const [file, rest] = programCommand('netmon', ['watch', '--json']);
	const env = {...testIp, HOLD_LISTEN: '/run/hold', NODE_OPTIONS: `--require=${root}test/fixtures/programs/hold-listen.cjs`};
	const netmon = new Running(mounts.command(file, rest), env);
	t.teardown(() => void netmon.child.kill('SIGKILL'));
	await waitFor('its listen', () => mounts.sh('ls /run').includes('hold.held'));
	t.is((await command(mounts, 'list')).stdout, 'no netmon watch of this user is running\n');
	mounts.sh('rm /run/hold');
	await waitFor(`its socket ${netmon.stderr}`, () => listed(mounts).includes(`${netmon.pid}.sock`));
	t.like(JSON.parse((await command(mounts, 'list', '--json')).stdout)[0], {pid: netmon.pid});
	t.is(await netmon.stop(), 0);
	t.deepEqual(listed(mounts), []);
});

namespaceTest('netmon list: a watch that ends while it is asked is none, and nothing is said of it', async (t, namespace) => {
	const mounts = await ownRun(t, namespace);
	mounts.sh(`mkdir -m 700 ${sockets}`);
	// It is asked by the second connection: the first one shows that it lives.
	const script = `const path = '${sockets}/' + process.pid + '.sock';
		let count = 0;
		require('net').createServer(() => ++count === 2 && (require('fs').unlinkSync(path), process.exit()))
			.listen(path, () => console.log('listening'));`;
	const ending = new Running(mounts.command(process.execPath, ['-e', script]));
	t.teardown(() => void ending.child.kill('SIGKILL'));
	await waitFor('its socket', () => ending.stdout === 'listening\n');
	t.deepEqual(await command(mounts, 'list'), {code: 0, stdout: 'no netmon watch of this user is running\n', stderr: ''});
	t.is(await ending.exited, 0);
});

namespaceTest(
	'a namespace whose name is waited for (--follow) is in /state and the metrics only while it is there; netmon list has the watch',
	async (t, namespace) => {
		const mounts = await ownRun(t, namespace);
		mounts.sh('ip netns add web');
		const netmon = await startWatch(t, mounts, '--netns', 'web', '--follow');
		const names = () => JSON.parse(ask(mounts, netmon, '/state')).namespaces.map(({netns}: {netns: string}) => netns);
		const gauges = () => ask(mounts, netmon, '/metrics').match(/^netmon_monitor_up\{.*/gm) ?? [];
		t.deepEqual(names(), ['web']);
		t.is(gauges().length, 1);
		mounts.sh('ip netns del web');
		await waitFor('the end of the namespace', () => netmon.stdout.includes('"namespace-gone"'));
		t.deepEqual(names(), []);
		t.regex((await command(mounts, 'list')).stdout, new RegExp(`\n${netmon.pid} +\\(none\\) +- `), 'the watch is still there');
		t.deepEqual(gauges(), []);
	},
);

namespaceTest(
	'netmon why: the same words from a running watch and from a snapshot, and a mistake says what there is',
	async (t, namespace) => {
		const mounts = await ownRun(t, namespace);
		namespace.batch(['link add v0 type veth peer name p0', 'link set v0 up', 'route add blackhole 10.6.0.0/16']);
		const afresh = await command(mounts, 'why');
		t.is(afresh.stderr, '');
		t.regex(afresh.stdout, /^v0 is not announced: it is UP, but has no carrier$/m);
		t.regex(afresh.stdout, /^10\.6\.0\.0\/16 is not sent: its type is blackhole$/m);
		await startWatch(t, mounts, '--family', 'inet');
		t.is((await command(mounts, 'why')).stdout, afresh.stdout);
		const [decision, ...others] = JSON.parse((await command(mounts, 'why', 'v0', '--json')).stdout);
		t.deepEqual(others, []);
		t.like(decision, {decision: 'not-announced', code: 'not-running'});
		t.deepEqual(Object.keys(decision), ['subject', 'decision', 'code', 'facts']);
		const mistake = await command(mounts, 'why', 'eth9');
		t.is(mistake.code, 1);
		t.regex(mistake.stderr, /"eth9" is no interface or route of this namespace\nThere are lo, /);
	},
);

namespaceTest('netmon why asks every watch of the namespace, whatever that calls it', async (t, namespace) => {
	const mounts = await ownRun(t, namespace);
	const pid = String(namespace.pid);
	for (const args of [[], ['--netns', pid]]) await startWatch(t, mounts, ...args);
	const heads = (await command(mounts, 'why', '--netns', `/proc/${pid}/ns/net`)).stdout.match(/^.*:$/gm) ?? [];
	t.deepEqual(heads.toSorted(), ['own namespace:', `${pid}:`].toSorted());
});
