import {existsSync} from 'node:fs';
import {namespaceTest, namespaceTestWhere} from '../helpers/namespace.js';
import {startWatch} from '../helpers/netmon.js';
import {describeCall, startStory, vethPair} from '../helpers/story.js';
import {waitFor} from '../helpers/wait.js';

for (const program of ['netmon', 'kata-netmon'] as const) {
	namespaceTest(`${program}: a veth that comes, gets a route, loses it and goes leads to exactly these calls`, async (t, namespace) => {
		const {netmon, runtime, fence} = await startWatch(t, namespace, {program, env: {NETMON_ADDRESS_WAIT: '10m'}});
		const after = (count: number) => runtime.until(`${count} calls`, (calls) => calls.length >= count);
		namespace.ip('link add v0 address 02:00:00:00:00:01 type veth peer name p0');
		namespace.ip('addr add 10.1.0.2/24 dev v0');
		namespace.ip('link set v0 up');
		namespace.ip('link set p0 up');
		await after(2);
		namespace.ip('route add 10.9.0.0/16 via 10.1.0.1');
		await after(3);
		namespace.ip('route del 10.9.0.0/16');
		await after(4);
		namespace.ip('link del v0');
		await after(6);
		await fence();
		const record =
			'{"Device":"v0","Name":"v0","IPAddresses":[{"Family":2,"Address":"10.1.0.2","Mask":"24"}],' +
			'"Mtu":1500,"RawFlags":0,"HwAddr":"02:00:00:00:00:01","PciPath":{},"LinkType":"veth"}';
		const calls = runtime.calls.map(({op, text}) => `${op} ${text}`);
		t.regex(calls.pop() ?? '', /^update-routes \[\{"Dest":"198\.51\.100\./);
		t.deepEqual(calls, [
			`add-iface ${record}`,
			'update-routes []',
			'update-routes [{"Dest":"10.9.0.0/16","Gateway":"10.1.0.1","Device":"v0","Source":"","Scope":0}]',
			'update-routes []',
			`del-iface ${record}`,
			'update-routes []',
		]);
		t.is(await netmon.stop(), 0);
	});
}

namespaceTest('an interface that is up before it has its address is announced once, with the address', async (t, namespace) => {
	const {told} = await startStory(t, namespace);
	namespace.batch(vethPair('v0', undefined));
	t.deepEqual((await told()).interfaces, []);
	namespace.ip('addr add 10.1.0.2/24 dev v0');
	t.deepEqual((await told()).interfaces, ['add-iface v0 10.1.0.2/24']);
});

namespaceTest(
	'an address that comes after an interface was announced without one ends with the runtime knowing it',
	async (t, namespace) => {
		// As after 300 ms: the wait of 100 ms (the default) is over when the first call comes.
		const {runtime} = await startWatch(t, namespace);
		namespace.batch(vethPair('v0', undefined));
		await runtime.until('both ends', (calls) => calls.filter(({op}) => op === 'add-iface').length === 2);
		namespace.ip('addr add 10.1.0.2/24 dev v0');
		const calls = await runtime.until('the address', (all) => all.some(({op, text}) => op === 'add-iface' && text.includes('10.1.0.2')));
		t.deepEqual(calls.filter(({op, text}) => op !== 'update-routes' && text.includes('"v0"')).map(describeCall), [
			'add-iface v0',
			'del-iface v0',
			'add-iface v0 10.1.0.2/24',
		]);
	},
);

namespaceTest('an interface without an address is announced without one once the wait is over', async (t, namespace) => {
	const {runtime} = await startWatch(t, namespace, {env: {NETMON_ADDRESS_WAIT: '1ms'}});
	namespace.batch(vethPair('v0', undefined));
	const calls = await runtime.until('v0', (all) => all.some((call) => describeCall(call) === 'add-iface v0'));
	t.true(calls.find((call) => describeCall(call) === 'add-iface v0')?.text.includes('"IPAddresses":null'));
});

namespaceTest('an interface with an address that is not up, or has no carrier, is not announced until it is both', async (t, namespace) => {
	const {told} = await startStory(t, namespace);
	namespace.batch(['link add v0 type veth peer name p0', 'addr add 10.1.0.2/24 dev v0']);
	t.deepEqual((await told()).interfaces, [], 'down');
	namespace.ip('link set v0 up');
	t.deepEqual((await told()).interfaces, [], 'up without a carrier');
	namespace.ip('link set p0 up');
	t.deepEqual((await told()).interfaces, ['add-iface v0 10.1.0.2/24']);
});

namespaceTest('an interface is announced with all its addresses, in their order', async (t, namespace) => {
	const {told} = await startStory(t, namespace);
	namespace.batch([
		'link add v0 type veth peer name p0',
		'link set p0 up',
		'addr add 10.1.0.2/24 dev v0',
		'addr add 10.1.0.3/24 dev v0',
		'addr add 10.2.0.1 peer 10.2.0.9/32 dev v0',
		'link set v0 up',
	]);
	t.deepEqual((await told()).interfaces, ['add-iface v0 10.1.0.2/24 10.2.0.1/32 10.1.0.3/24']);
});

namespaceTest('going down, losing the carrier and losing the addresses does not remove an interface', async (t, namespace) => {
	namespace.batch(vethPair('v0', '10.1.0.2/24'));
	const {told} = await startStory(t, namespace);
	for (const line of ['link set pv0 down', 'link set v0 down', 'addr flush dev v0']) {
		namespace.ip(line);
		t.deepEqual((await told()).interfaces, [], line);
	}
	namespace.ip('link del v0');
	t.deepEqual((await told()).interfaces, ['del-iface v0 10.1.0.2/24'], 'with the record that was announced');
});

namespaceTest('the loopback is never announced, whatever addresses it has', async (t, namespace) => {
	const {told} = await startStory(t, namespace, {env: {NETMON_ADDRESS_WAIT: '1ms'}});
	namespace.batch(['link set lo down', 'link set lo up', 'addr add 10.5.0.1/32 dev lo', 'link set lo mtu 1400']);
	t.deepEqual((await told()).interfaces, []);
});

namespaceTest('an interface that has an address at the start is announced without a call, and deleted with one', async (t, namespace) => {
	namespace.batch([...vethPair('v0', '10.1.0.2/24'), 'route add 10.9.0.0/16 via 10.1.0.1']);
	const {netmon, runtime, told} = await startStory(t, namespace);
	t.deepEqual(runtime.calls, []);
	t.deepEqual(await told(), {interfaces: [], routes: ['10.9.0.0/16 via 10.1.0.1 dev v0']});
	namespace.ip('link del v0');
	t.deepEqual(await told(), {interfaces: ['del-iface v0 10.1.0.2/24'], routes: []});
	t.is(await netmon.stop(), 0);
});

namespaceTest('the routes of the start lead to no call either', async (t, namespace) => {
	namespace.batch([...vethPair('v0', '10.1.0.2/24'), 'route add 10.9.0.0/16 via 10.1.0.1']);
	const {netmon, runtime} = await startStory(t, namespace, {args: ['--output', 'ndjson']});
	// These events lead to a read of the routes, which finds nothing to tell.
	namespace.ip('link set v0 mtu 1400');
	namespace.ip('link set v0 mtu 1300');
	await waitFor('the change', () => netmon.stdout.includes('"after":1300'));
	t.is(await netmon.stop(), 0);
	t.deepEqual(runtime.calls, []);
});

namespaceTest('an IPv6 link-local address counts as one that an interface has at the start', async (t, namespace) => {
	namespace.batch(['link add v0 type veth peer name p0', 'link set v0 addrgenmode none', 'link set p0 addrgenmode none']);
	namespace.batch(['addr add fe80::1/64 dev v0 nodad', 'link set p0 up', 'link set v0 up']);
	const {told} = await startStory(t, namespace);
	t.deepEqual((await told()).interfaces, []);
	namespace.ip('link del v0');
	t.deepEqual((await told()).interfaces, ['del-iface v0'], 'without the address, which the guest makes itself');
});

namespaceTest('an interface without an address at the start waits for its first one, however long', async (t, namespace) => {
	namespace.batch(vethPair('v0', undefined));
	const {runtime, told} = await startStory(t, namespace, {env: {NETMON_ADDRESS_WAIT: '1ms'}});
	// Another one, which came later, is announced after the wait. So the wait is over for the first one too.
	namespace.batch(vethPair('w0', undefined));
	await runtime.until('w0', (calls) => calls.some((call) => describeCall(call) === 'add-iface w0'));
	await told();
	t.deepEqual(
		runtime.calls.filter(({text}) => text.includes('v0')),
		[],
	);
	namespace.ip('addr add 10.1.0.2/24 dev v0');
	t.deepEqual((await told()).interfaces, ['add-iface v0 10.1.0.2/24']);
});

namespaceTest('an interface of the start that was never announced leads to no call when it goes', async (t, namespace) => {
	namespace.batch(vethPair('v0', undefined));
	const {told} = await startStory(t, namespace);
	namespace.ip('link set v0 mtu 1400');
	namespace.ip('link del v0');
	t.deepEqual((await told()).interfaces, []);
});

/** Kinds of links: the commands for one that is called x0, has an address, and is up and running. */
const kinds: readonly {readonly kind: string; readonly lines: readonly string[]}[] = [
	{kind: 'veth', lines: ['link add x0 type veth peer name p0', 'link set p0 up']},
	{kind: 'bridge', lines: ['link add x0 type bridge', 'link add q0 master x0 type veth peer name p0', 'link set p0 up', 'link set q0 up']},
	{kind: 'vxlan', lines: ['link add x0 type vxlan id 5 dstport 4789']},
	{kind: 'macvlan', lines: ['link add q0 type veth peer name p0', 'link set p0 up', 'link set q0 up', 'link add x0 link q0 type macvlan']},
	{kind: 'dummy', lines: ['link add x0 type dummy']},
	{kind: 'ifb', lines: ['link add x0 type ifb']},
];

for (const {kind, lines} of kinds) {
	namespaceTestWhere(lines, `a ${kind} is announced with its kind as LinkType, and deleted`, async (t, namespace) => {
		const {runtime, told} = await startStory(t, namespace);
		namespace.batch([...lines, 'addr add 10.1.0.2/24 dev x0', 'link set x0 up']);
		await runtime.until('x0', (calls) => calls.some(({op}) => op === 'add-iface'));
		t.deepEqual((await told()).interfaces, ['add-iface x0 10.1.0.2/24']);
		namespace.ip('link del x0');
		t.deepEqual((await told()).interfaces, ['del-iface x0 10.1.0.2/24']);
		const types = runtime.calls.filter(({op}) => op !== 'update-routes').map(({text}) => /"LinkType":"(.*?)"/.exec(text)?.[1]);
		t.deepEqual(types, [kind, kind]);
	});
}

for (const mode of ['tap', 'tun']) {
	// Without a program that holds it, such a device has no carrier: it is there at the start.
	const lines = [`tuntap add x0 mode ${mode}`];
	namespaceTestWhere(existsSync('/dev/net/tun') ? lines : ['no tun'], `a ${mode} has its mode as LinkType`, async (t, namespace) => {
		namespace.batch([...lines, 'addr add 10.1.0.2/24 dev x0']);
		const {runtime, told} = await startStory(t, namespace);
		namespace.ip('link del x0');
		t.deepEqual((await told()).interfaces, ['del-iface x0 10.1.0.2/24']);
		const [call] = runtime.calls.filter(({op}) => op === 'del-iface');
		t.regex(call?.text ?? '', new RegExp(`"HwAddr":"${mode === 'tun' ? '' : '[0-9a-f:]{17}'}",.*"LinkType":"${mode}"`));
	});
}
