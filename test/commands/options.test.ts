import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {makeNamespace, namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {programCommand, Running, runToEnd, startWatch, testIp} from '../helpers/netmon.js';
import {RecordingRuntime, scratchFolder} from '../helpers/runtime.js';
import {describeCall, startStory, vethPair} from '../helpers/story.js';
import {waitFor} from '../helpers/wait.js';

/** Starts `netmon watch`, without arguments unless some are given, and waits until it watches. */
async function startObserver(
	t: ExecutionContext<unknown>,
	namespace: TestNamespace,
	env: Readonly<Record<string, string>>,
	args: readonly string[] = [],
): Promise<Running> {
	const [file, rest] = programCommand('netmon', ['watch', ...args]);
	const netmon = new Running(namespace.command(file, rest), {...testIp, NETMON_LOG_LEVEL: 'info', ...env});
	t.teardown(() => void netmon.child.kill('SIGKILL'));
	await netmon.said('watching');
	return netmon;
}

const objects = (text: string): Record<string, unknown>[] =>
	text
		.split('\n')
		.slice(0, -1)
		.map((line) => JSON.parse(line));

namespaceTest('NETMON_SANDBOX and NETMON_RUNTIME make a daemon of netmon watch', async (t, namespace) => {
	const runtime = new RecordingRuntime();
	t.teardown(() => runtime.close());
	const env = {NETMON_SANDBOX: 'sb1', NETMON_RUNTIME: runtime.path, NETMON_STATE_DIR: runtime.stateDir};
	const netmon = await startObserver(t, namespace, env);
	namespace.batch(vethPair('v0', '10.1.0.2/24'));
	const [call] = await runtime.until('the add', (calls) => calls.length > 0);
	t.deepEqual(call?.args, ['kata-network', 'add-iface', 'sb1', join(runtime.stateDir, 'sb1/shared.json')]);
	t.is(await netmon.stop(), 0);
});

for (const from of ['a process', 'a path']) {
	namespaceTest(`NETMON_NETNS is watched instead of the own namespace: ${from}`, async (t, namespace) => {
		const other = await makeNamespace(namespace);
		t.teardown(() => other.close());
		other.ip('link add v0 type veth peer name p0');
		const netns = from === 'a path' ? `/proc/${other.pid}/ns/net` : String(other.pid);
		const netmon = await startObserver(t, namespace, {NETMON_NETNS: netns, NETMON_OUTPUT: 'ndjson'});
		await waitFor('v0', () => netmon.stdout.includes('"v0"'));
		namespace.ip('link add w0 type veth peer name q0');
		other.ip('link set v0 mtu 1400');
		await waitFor('the change', () => netmon.stdout.includes('"after":1400'));
		t.false(netmon.stdout.includes('"w0"'));
		t.is(await netmon.stop(), 0);
	});
}

for (const [family, expected] of [
	['inet', ['10.9.0.0/16']],
	['inet6', ['fd00:9::/64']],
	['all', ['10.9.0.0/16', 'fd00:9::/64']],
] as const) {
	namespaceTest(`NETMON_FAMILY=${family}: routes of it are seen`, async (t, namespace) => {
		const netmon = await startObserver(t, namespace, {NETMON_FAMILY: family, NETMON_OUTPUT: 'ndjson'});
		namespace.batch(['route add fd00:9::/64 dev lo', 'route add 10.9.0.0/16 dev lo', 'link add v0 type veth peer name p0']);
		await waitFor('the routes, and what came after them', () => [...expected, '"v0"'].every((text) => netmon.stdout.includes(text)));
		t.is(await netmon.stop(), 0);
		const added = objects(netmon.stdout).filter(({event}) => event === 'route-added');
		t.deepEqual(added.map(({route}) => (route as {dst: string}).dst).sort(), [...expected]);
	});
}

test.serial('NETMON_IP names the program that is used', async (t) => {
	const {code, stderr} = await runToEnd(programCommand('netmon', ['watch']), {NETMON_IP: '/no/such/ip'});
	t.is(code, 2);
	t.regex(stderr, /^Error: "\/no\/such\/ip" is not an executable program: there is no such file\n/);
});

namespaceTest('NETMON_RECORD writes a recording, and NETMON_INTERVAL says how often everything is read', async (t, namespace) => {
	const folder = scratchFolder();
	t.teardown(() => folder.close());
	const file = join(folder.path, 'recording');
	const netmon = await startObserver(t, namespace, {NETMON_RECORD: file, NETMON_INTERVAL: '100ms'});
	await waitFor('the fourth full read', () => (readFileSync(file, 'utf8').match(/"question":"links"/g) ?? []).length >= 4);
	t.is(await netmon.stop(), 0);
	const [first, ...rest] = objects(readFileSync(file, 'utf8'));
	t.is(first?.['what'], 'run');
	const times = rest.filter(({question}) => question === 'links').map(({at}) => Number(at));
	// Jitter is a quarter. What the machine adds to each answer has no limit.
	const [start = 0] = times;
	for (const [index, at] of times.entries()) t.true(at - start >= 75 * index, times.join(' '));
});

namespaceTest('NETMON_ON_CHANGE=replace tells a change', async (t, namespace) => {
	namespace.batch(vethPair('v0', '10.1.0.2/24'));
	const {told} = await startStory(t, namespace, {env: {NETMON_ON_CHANGE: 'replace'}});
	namespace.ip('link set v0 mtu 1400');
	t.deepEqual((await told()).interfaces, ['del-iface v0 10.1.0.2/24', 'add-iface v0 10.1.0.2/24']);
});

namespaceTest('NETMON_ADDRESS_WAIT is how long an address is waited for', async (t, namespace) => {
	const {runtime} = await startWatch(t, namespace, {env: {NETMON_ADDRESS_WAIT: '1ms'}});
	namespace.batch(vethPair('v0', undefined));
	await runtime.until('v0', (calls) => calls.some((call) => describeCall(call) === 'add-iface v0'));
	t.pass();
});

namespaceTest('NETMON_PROFILE=kata-1.5 writes the payloads of that time', async (t, namespace) => {
	const {runtime} = await startWatch(t, namespace, {env: {NETMON_PROFILE: 'kata-1.5', NETMON_ADDRESS_WAIT: '10m'}});
	namespace.batch(vethPair('v0', '10.1.0.2/24', {mac: '02:00:00:00:00:01'}));
	const calls = await runtime.until('both', (all) => all.length >= 2);
	t.deepEqual(
		calls.map(({text}) => text),
		[
			'{"Device":"v0","Name":"v0","IPAddresses":[{"Family":2,"Address":"10.1.0.2","Mask":"24"}],"Mtu":1500,"HwAddr":"02:00:00:00:00:01","PciAddr":"","LinkType":"veth"}',
			'[{"Dest":"10.1.0.0","Gateway":"","Device":"v0","Source":"10.1.0.2","Scope":253}]',
		],
	);
});

namespaceTest('NETMON_RUNTIME_TIMEOUT is how long a call may take', async (t, namespace) => {
	const {netmon, runtime} = await startWatch(t, namespace, {env: {NETMON_RUNTIME_TIMEOUT: '200ms'}});
	runtime.delay(60);
	namespace.ip('route add 10.9.0.0/16 dev lo');
	await netmon.said('runtime call failed');
	t.regex(netmon.stderr, /"reason":"[^"]*200 ms/);
});

namespaceTest('NETMON_DRY_RUN=1 says what would be called, and calls and keeps nothing', async (t, namespace) => {
	const runtime = new RecordingRuntime();
	t.teardown(() => runtime.close());
	const env = {NETMON_DRY_RUN: '1', NETMON_SANDBOX: 'sb1', NETMON_RUNTIME: runtime.path, NETMON_STATE_DIR: runtime.stateDir};
	const netmon = await startObserver(t, namespace, {...env, NETMON_OUTPUT: 'ndjson', NETMON_ADDRESS_WAIT: '10m'});
	namespace.batch(vethPair('v0', '10.1.0.2/24'));
	await waitFor('the calls', () => netmon.stdout.includes('"op":"update-routes"'));
	t.is(await netmon.stop(), 0);
	const calls = objects(netmon.stdout).filter(({event}) => event === 'call');
	t.deepEqual(
		calls.map(({op, ok}) => [op, ok]),
		[
			['add-iface', true],
			['update-routes', true],
		],
	);
	t.deepEqual(runtime.calls, []);
	t.false(existsSync(runtime.stateDir));
});

namespaceTest('NETMON_FOLLOW=1 waits for a namespace that is not there yet', async (t, namespace) => {
	const [file, rest] = programCommand('netmon', ['watch', '--netns', '/tmp/netmon-no-such-namespace']);
	const netmon = new Running(namespace.command(file, rest), {...testIp, NETMON_FOLLOW: '1', NETMON_LOG_LEVEL: 'info'});
	t.teardown(() => void netmon.child.kill('SIGKILL'));
	await netmon.said('waiting for the namespace');
	t.is(await netmon.stop(), 0);
});

for (const [level, expected] of [
	['debug', ['debug', 'info']],
	['info', ['info']],
	['warn', []],
	['panic', []],
] as const) {
	namespaceTest(`NETMON_LOG_LEVEL=${level}: ${expected.join(' and ') || 'nothing'} is logged of a quiet watch`, async (t, namespace) => {
		const [file, rest] = programCommand('netmon', ['watch', '--dry-run']);
		const netmon = new Running(namespace.command(file, rest), {...testIp, NETMON_LOG_LEVEL: level, NETMON_ADDRESS_WAIT: '10m'});
		t.teardown(() => void netmon.child.kill('SIGKILL'));
		await waitFor('what is there', () => netmon.stdout.includes(' lo '));
		namespace.batch(vethPair('v0', '10.1.0.2/24'));
		await waitFor('the calls', () => netmon.stdout.includes('update-routes'));
		t.is(await netmon.stop(), 0);
		t.deepEqual([...new Set(objects(netmon.stderr).map((line) => line['level']))].sort(), [...expected]);
	});
}

namespaceTest('NETMON_LOG_FORMAT=human makes readable lines of the log', async (t, namespace) => {
	// In local time, as the lines of events beside them.
	const hour = () => String((new Date().getUTCHours() + 9) % 24).padStart(2, '0');
	const begun = hour();
	const netmon = await startObserver(t, namespace, {NETMON_LOG_FORMAT: 'human', TZ: 'Asia/Tokyo'});
	t.is(await netmon.stop(), 0);
	t.regex(netmon.stderr, /^\d\d:\d\d:\d\d\.\d{3} info: watching {2}ip=\S+ netns=\/proc\/self\/ns\/net\n/);
	t.true([begun, hour()].includes(netmon.stderr.slice(0, 2)), netmon.stderr);
});

namespaceTest('a log of JSON has a constant message, and the facts in fields', async (t, namespace) => {
	const {netmon, runtime} = await startWatch(t, namespace, {env: {NETMON_ADDRESS_WAIT: '10m'}});
	runtime.fail('add-iface', 1);
	namespace.batch(vethPair('v0', '10.1.0.2/24', {index: 500}));
	await runtime.until('the second try', (calls) => calls.filter(({op}) => op === 'add-iface').length >= 2);
	t.is(await netmon.stop(), 0);
	const line = objects(netmon.stderr).find(({msg}) => msg === 'runtime call failed, it is held back');
	const {time, retryInMs, durationMs, ...facts} = line ?? {};
	t.deepEqual([typeof time, typeof retryInMs, typeof durationMs], ['string', 'number', 'number']);
	t.like(facts, {level: 'warn', name: 'netmon', sandbox: 'sb1', op: 'add-iface', ifindex: 500, ifname: 'v0', attempt: 1});
	t.is(facts['stderr'], 'refused on purpose');
	t.is(typeof facts['reason'], 'string');
});

namespaceTest('NETMON_METRICS serves metrics', async (t, namespace) => {
	await startObserver(t, namespace, {NETMON_METRICS: '9113'});
	const fetchIt = `fetch('http://127.0.0.1:9113/metrics').then((response) => response.text()).then((text) => process.stdout.write(text))`;
	const {code, stdout} = await runToEnd(namespace.command(process.execPath, ['-e', fetchIt]));
	t.is(code, 0);
	t.regex(stdout, /^netmon_interfaces{netns="",sandbox="[^"]*"} 1$/m);
	t.regex(stdout, /^netmon_monitor_up{netns="",sandbox="[^"]*"} 1$/m);
});

const wrong: readonly (readonly [string, string, 'watch' | 'snapshot'])[] = [
	['NETMON_FAMILY', 'ipv4', 'watch'],
	['NETMON_FAMILY', 'ipv4', 'snapshot'],
	['NETMON_INTERVAL', 'often', 'watch'],
	['NETMON_INTERVAL', '1ms', 'watch'],
	['NETMON_ON_CHANGE', 'maybe', 'watch'],
	['NETMON_ADDRESS_WAIT', '5', 'watch'],
	['NETMON_PROFILE', 'kata-3', 'watch'],
	['NETMON_PROFILE', 'kata-3', 'snapshot'],
	['NETMON_RUNTIME_TIMEOUT', '-1s', 'watch'],
	['NETMON_OUTPUT', 'xml', 'watch'],
	['NETMON_LOG_LEVEL', 'loud', 'watch'],
	['NETMON_LOG_FORMAT', 'xml', 'watch'],
	['NETMON_SANDBOX', '../sb1', 'watch'],
	['NETMON_SANDBOX', 'sb1', 'watch'],
	['NETMON_RUNTIME', '/bin/true', 'watch'],
	['NETMON_METRICS', 'here', 'watch'],
];

for (const [variable, value, command] of wrong) {
	test.serial(`netmon ${command} with ${variable}=${value} alone exits 1, and says so without a stack`, async (t) => {
		const {code, stdout, stderr} = await runToEnd(programCommand('netmon', [command]), {[variable]: value});
		t.deepEqual([code, stdout], [1, '']);
		t.regex(stderr, /^Error: .+\n.+\n$/);
	});
}

namespaceTest('a form of the snapshot comes from its variable, and one that is given goes before it', async (t, namespace) => {
	const run = (args: readonly string[], env: Readonly<Record<string, string>>) =>
		runToEnd(namespace.command(...programCommand('netmon', ['snapshot', ...args])), {...testIp, ...env});
	const json = await run([], {NETMON_JSON: '1'});
	t.regex(json.stdout, /^\{"interfaces":\[\{"ifindex":/);
	const payload = await run([], {NETMON_PAYLOAD: 'true'});
	t.regex(payload.stdout, /^\{"interfaces":\[(\{"Device":|\])/);
	t.deepEqual(await run(['--json'], {NETMON_PAYLOAD: '1'}), json);
	t.deepEqual(await run(['--payload'], {NETMON_JSON: '1'}), payload);
	t.is((await run([], {NETMON_JSON: '1', NETMON_PAYLOAD: '1'})).code, 1);
});
