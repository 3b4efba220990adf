import test, {type ExecutionContext} from 'ava';
import {namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {programCommand, Running, root, runToEnd, startWatch, testIp} from '../helpers/netmon.js';
import {eventsIn} from '../helpers/schemas.js';
import {vethPair} from '../helpers/story.js';
import {waitFor} from '../helpers/wait.js';

/** Starts an observer, and waits until it has reported what is there. */
async function observe(t: ExecutionContext<unknown>, namespace: TestNamespace, ...args: readonly string[]): Promise<Running> {
	const [file, rest] = programCommand('netmon', ['watch', ...args]);
	const netmon = new Running(namespace.command(file, rest), testIp);
	t.teardown(() => void netmon.child.kill('SIGKILL'));
	await waitFor('what is there', () => /\blo\b/.test(netmon.stdout));
	return netmon;
}

const linesOf = (netmon: Running): string[] => netmon.stdout.split('\n').slice(0, -1);
/** Each fits the schema. */
const objectsOf = (netmon: Running): readonly Readonly<Record<string, unknown>>[] => eventsIn(netmon.stdout);

namespaceTest('an observer prints what is there, then each change as it happens, in aligned lines', async (t, namespace) => {
	namespace.batch(['link add v0 index 500 address 02:00:00:00:00:01 type veth peer name p0 index 501', 'route add 10.9.0.0/16 dev lo']);
	const netmon = await observe(t, namespace);
	const said = (text: string) => waitFor(text, () => netmon.stdout.includes(text));
	await said('10.9.0.0/16');
	for (const [line, text] of [
		['link set v0 mtu 1400', 'mtu 1500 → 1400'],
		['addr add 10.1.0.2/24 dev v0', '+10.1.0.2/24'],
		['link set v0 name w0', 'renamed from v0'],
		['addr del 10.1.0.2/24 dev w0', '-10.1.0.2/24'],
		['route add 10.8.0.0/16 dev lo', '+ route  10.8.0.0/16'],
		['route del 10.9.0.0/16 dev lo', '- route  10.9.0.0/16'],
		['link del w0', '- w0     removed'],
	] as const) {
		namespace.ip(line);
		await said(text);
	}
	await said('- p0     removed');
	t.is(await netmon.stop(), 0);
	t.is(netmon.stderr, '');
	const lines = linesOf(netmon);
	for (const line of lines) t.regex(line, /^\d\d:\d\d:\d\d\.\d{3} [ +~!-] \S.{5} \S/);
	const told = lines.map((line) => line.slice(13).replace(/ +/g, ' '));
	const own = told.filter((line) => / (v0|w0) /.test(line) || line.includes('route'));
	t.deepEqual(own, [
		' v0 #500 veth down mtu 1500 02:00:00:00:00:01',
		' route 10.9.0.0/16 dev lo',
		' ready 3 interfaces, 1 route',
		'~ v0 mtu 1500 → 1400',
		'~ v0 +10.1.0.2/24',
		'~ w0 renamed from v0',
		'~ w0 10.1.0.2/24 label v0 → w0',
		'~ w0 -10.1.0.2/24',
		'+ route 10.8.0.0/16 dev lo',
		'- route 10.9.0.0/16 dev lo',
		'- w0 removed',
	]);
});

namespaceTest('--output ndjson: one object per line and per change, under a burst too', async (t, namespace) => {
	const netmon = await observe(t, namespace, '--output', 'ndjson');
	const destinations = Array.from({length: 500}, (_, n) => `10.${n >> 8}.${n & 255}.0/24`);
	namespace.batch(destinations.map((dst) => `route add ${dst} dev lo`));
	await waitFor('the last route', () => netmon.stdout.includes(`"dst":"${destinations.at(-1)}"`));
	namespace.batch(vethPair('v0', '10.200.0.2/24'));
	namespace.batch(destinations.map((dst) => `route del ${dst} dev lo`));
	await waitFor('all removed', () => netmon.stdout.split('"route-removed"').length > 500);
	// A look reads the routes after the links: those may have been without the address still.
	await waitFor('the address', () => netmon.stdout.includes('"address-added"'));
	t.is(await netmon.stop(), 0);
	const objects = objectsOf(netmon);
	t.deepEqual(
		objects.map(({seq}) => seq),
		objects.map((_, index) => index + 1),
	);
	for (const event of ['route-added', 'route-removed']) {
		const told = objects.filter((object) => object['event'] === event).map(({route}) => (route as {dst: string}).dst);
		t.deepEqual(told.filter((dst) => destinations.includes(dst)).sort(), [...destinations].sort(), event);
	}
	t.true(objects.some(({event, ifname}) => event === 'address-added' && ifname === 'v0'));
});

namespaceTest('--output ndjson of a daemon has an object for each call too', async (t, namespace) => {
	const {netmon, runtime} = await startWatch(t, namespace, {args: ['--output', 'ndjson', '--address-wait', '10m']});
	namespace.batch(vethPair('v0', '10.1.0.2/24', {index: 500}));
	const calls = await runtime.until('both', (all) => all.length >= 2);
	t.is(await netmon.stop(), 0);
	const told = objectsOf(netmon).filter(({event}) => event === 'call');
	t.deepEqual(
		told.map(({op, ok, attempt, payload}) => ({op, ok, attempt, payload})),
		calls.map(({op, text}) => ({op, ok: true, attempt: 1, payload: JSON.parse(text)})),
	);
	t.like(told[0], {ifindex: 500, ifname: 'v0'});
	for (const {duration_ms} of told) t.is(typeof duration_ms, 'number');
});

for (const form of ['human', 'ndjson']) {
	namespaceTest(`an observer whose reader goes away ends with 0 at the next line: ${form}`, async (t, namespace) => {
		const netmon = await observe(t, namespace, '--output', form);
		netmon.child.stdout?.destroy();
		namespace.batch(Array.from({length: 100}, (_, n) => `route add 10.9.${n}.0/24 dev lo`));
		t.is(await netmon.exited, 0);
		t.is(netmon.stderr, '');
		await waitFor('the end of all processes', () => namespace.processes().length === 0);
	});
}

namespaceTest('netmon watch --output ndjson | head -1 prints one line, without an error', async (t, namespace) => {
	const [file, rest] = programCommand('netmon', ['watch', '--output', 'ndjson']);
	// It ends at the first line that nobody reads.
	const script = '{ "$@"; echo "exit $?" >&2; } | { head -n 1; ip link set lo mtu 1400; }';
	const pipe = new Running(namespace.command('sh', ['-c', script, 'sh', file, ...rest]), testIp);
	t.is(await pipe.exited, 0);
	t.is(pipe.stdout.split('\n').length, 2);
	t.like(JSON.parse(pipe.stdout), {event: 'interface-found', interface: {ifname: 'lo'}});
	t.is(pipe.stderr, 'exit 0\n');
});

namespaceTest('a daemon whose reader goes away says so, and goes on', async (t, namespace) => {
	const {netmon, runtime, fence} = await startWatch(t, namespace, {args: ['--output', 'ndjson']});
	netmon.child.stdout?.destroy();
	namespace.ip('route add 10.9.0.0/16 dev lo');
	await netmon.said('nobody reads the output any more');
	await fence();
	t.true(runtime.calls.length > 0);
	t.is(await netmon.stop(), 0);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
	namespaceTest(`${signal} ends an observer with 0, and nothing of it stays`, async (t, namespace) => {
		const netmon = await observe(t, namespace);
		netmon.child.kill(signal);
		t.is(await netmon.exited, 0);
		t.is(netmon.stderr, '');
		await waitFor('the end of all processes', () => namespace.processes().length === 0);
	});
}

/** Runs as an ordinary user, or as near to one as root can get: without any capability. */
const unprivileged = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--no-new-privs', '--'] : ['env'];

test.serial('npm start watches the own namespace without privileges and without a runtime', async (t) => {
	const [file = '', ...rest] = [...unprivileged, 'npm', 'start', '--silent', '--prefix', root];
	const npm = new Running([file, rest], testIp);
	t.teardown(() => void npm.child.kill('SIGKILL'));
	await waitFor(`the loopback; ${npm.stderr}`, () => / {3}lo +#1 device /.test(npm.stdout), 30_000);
	// npm passes the signal on.
	t.is(await npm.stop(), 0);
	t.is(npm.stderr, '');
});

test.serial('netmon snapshot needs no privileges either', async (t) => {
	const [file, rest] = programCommand('netmon', ['snapshot']);
	const [first = '', ...options] = unprivileged;
	const {code, stdout, stderr} = await runToEnd([first, [...options, file, ...rest]], testIp);
	t.deepEqual([code, stderr], [0, '']);
	t.regex(stdout, /^INDEX {2}INTERFACE .*\n1 +lo +device /);
});
