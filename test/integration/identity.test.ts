import {makeNamespace, namespaceTest, namespaceTestIf} from '../helpers/namespace.js';
import {whyEventsTellNothing} from '../helpers/netmon.js';
import {describeCall, startStory, vethPair} from '../helpers/story.js';

const sameness = [
	{what: 'the same index', name: 'w0', index: 500},
	{what: 'the same name', name: 'v0', index: 600},
	{what: 'the same index and name', name: 'v0', index: 500},
	{what: 'another index and name', name: 'w0', index: 600},
];

for (const {what, name, index} of sameness) {
	for (const mac of ['02:00:00:00:00:01', '02:00:00:00:00:02']) {
		const same = mac.endsWith('1') ? 'the same' : 'another';
		const why = what === 'the same index and name' && same === 'the same' ? whyEventsTellNothing : undefined;
		namespaceTestIf(why, `deleted and re-created at once with ${what} and ${same} MAC is a delete and an add`, async (t, namespace) => {
			namespace.batch(vethPair('v0', '10.1.0.2/24', {mac: '02:00:00:00:00:01', index: 500}));
			const {told} = await startStory(t, namespace);
			namespace.batch(['link del v0', ...vethPair(name, '10.2.0.2/24', {mac, index})]);
			t.deepEqual((await told()).interfaces, ['del-iface v0 10.1.0.2/24', `add-iface ${name} 10.2.0.2/24`]);
			namespace.ip(`link del ${name}`);
			t.deepEqual((await told()).interfaces, [`del-iface ${name} 10.2.0.2/24`]);
		});
	}
}

namespaceTest('re-created with the same index, name, MAC and address is still a delete and an add', async (t, namespace) => {
	const lines = vethPair('v0', '10.1.0.2/24', {mac: '02:00:00:00:00:01', index: 500});
	namespace.batch(lines);
	const {told} = await startStory(t, namespace);
	namespace.batch(['link del v0', ...lines]);
	t.deepEqual((await told()).interfaces, ['del-iface v0 10.1.0.2/24', 'add-iface v0 10.1.0.2/24']);
});

namespaceTest('two interfaces that are re-created with each other’s name and index are deleted, then added', async (t, namespace) => {
	namespace.batch([...vethPair('v0', '10.1.0.2/24', {index: 500}), ...vethPair('w0', '10.2.0.2/24', {index: 600})]);
	const {told} = await startStory(t, namespace);
	namespace.batch(['link del v0', 'link del w0']);
	namespace.batch([...vethPair('w0', '10.3.0.2/24', {index: 500}), ...vethPair('v0', '10.4.0.2/24', {index: 600})]);
	const {interfaces} = await told();
	// On a busy machine a look may see the new links before their deletion events. One is then renamed in the guest on the way.
	const guest = new Map([
		['v0', '10.1.0.2/24'],
		['w0', '10.2.0.2/24'],
	]);
	for (const call of interfaces) {
		const [op, name = '', address = ''] = call.split(' ');
		t.is(guest.has(name), op === 'del-iface', interfaces.join('; '));
		if (op === 'del-iface') guest.delete(name);
		else guest.set(name, address);
	}
	t.deepEqual(Object.fromEntries(guest), {v0: '10.4.0.2/24', w0: '10.3.0.2/24'}, interfaces.join('; '));
});

namespaceTest('an interface that is moved to another namespace is deleted, and added when it comes back', async (t, namespace) => {
	const other = await makeNamespace(namespace);
	t.teardown(() => other.close());
	namespace.batch([...vethPair('v0', '10.1.0.2/24'), 'route add 10.9.0.0/16 via 10.1.0.1']);
	const {told} = await startStory(t, namespace);
	namespace.ip(`link set v0 netns ${other.pid}`);
	t.deepEqual(await told(), {interfaces: ['del-iface v0 10.1.0.2/24'], routes: []});
	// The idle process is in the namespace to come back to.
	other.ip(['link', 'set', 'v0', 'netns', String(namespace.pid)]);
	t.deepEqual((await told()).interfaces, [], 'back, down and without an address');
	namespace.batch(['addr add 10.1.0.3/24 dev v0', 'link set v0 up']);
	t.deepEqual((await told()).interfaces, ['add-iface v0 10.1.0.3/24']);
});

namespaceTest('an interface that goes to another namespace and back at once is a delete and an add', async (t, namespace) => {
	const other = await makeNamespace(namespace);
	t.teardown(() => other.close());
	namespace.batch(vethPair('v0', '10.1.0.2/24'));
	const {told} = await startStory(t, namespace);
	namespace.ip(`link set v0 netns ${other.pid}`);
	other.ip(`link set v0 netns ${namespace.pid}`);
	namespace.batch(['addr add 10.1.0.2/24 dev v0', 'link set v0 up']);
	t.deepEqual((await told()).interfaces, ['del-iface v0 10.1.0.2/24', 'add-iface v0 10.1.0.2/24']);
});

namespaceTest('leaving a bridge is not a removal', async (t, namespace) => {
	namespace.batch([...vethPair('v0', '10.1.0.2/24'), 'link add br0 type bridge', 'link set v0 master br0']);
	const {told} = await startStory(t, namespace);
	namespace.ip('link set v0 nomaster');
	t.deepEqual((await told()).interfaces, []);
	namespace.batch(['link set v0 master br0', 'link set v0 nomaster', 'link set v0 master br0', 'link del br0']);
	t.deepEqual((await told()).interfaces, []);
	namespace.ip('link del v0');
	t.deepEqual((await told()).interfaces, ['del-iface v0 10.1.0.2/24']);
});

/** Older kernels rename only links that are down. */
const rename = (from: string, to: string) => [`link set dev ${from} down`, `link set dev ${from} name ${to}`, `link set dev ${to} up`];

namespaceTest('a rename leads to no call, and the guest’s old name stays in routes and in the deletion', async (t, namespace) => {
	namespace.batch(vethPair('v0', '10.1.0.2/24'));
	const {told} = await startStory(t, namespace);
	namespace.batch([...rename('v0', 'w0'), ...rename('w0', 'x0'), 'route add 10.9.0.0/16 via 10.1.0.1']);
	t.deepEqual(await told(), {interfaces: [], routes: ['10.9.0.0/16 via 10.1.0.1 dev v0']});
	namespace.ip('link del x0');
	t.deepEqual(await told(), {interfaces: ['del-iface v0 10.1.0.2/24'], routes: []});
});

namespaceTest('two interfaces that swap their names keep those that the guest knows', async (t, namespace) => {
	namespace.batch([...vethPair('v0', '10.1.0.2/24'), ...vethPair('w0', '10.2.0.2/24')]);
	const {told} = await startStory(t, namespace);
	namespace.batch([...rename('v0', 'x0'), ...rename('w0', 'v0'), ...rename('x0', 'w0')]);
	namespace.batch(['route add 10.8.0.0/16 via 10.1.0.1', 'route add 10.9.0.0/16 via 10.2.0.1']);
	t.deepEqual(await told(), {interfaces: [], routes: ['10.8.0.0/16 via 10.1.0.1 dev v0', '10.9.0.0/16 via 10.2.0.1 dev w0']});
	namespace.ip('link del w0');
	t.deepEqual(await told(), {interfaces: ['del-iface v0 10.1.0.2/24'], routes: ['10.9.0.0/16 via 10.2.0.1 dev w0']});
});

namespaceTest('a new interface with the old name of another is separate, and the other gets its new name', async (t, namespace) => {
	namespace.batch(vethPair('v0', '10.1.0.2/24'));
	const {told} = await startStory(t, namespace);
	namespace.batch([...rename('v0', 'w0'), ...vethPair('v0', '10.2.0.2/24', {peer: 'q0'})]);
	t.deepEqual((await told()).interfaces, ['del-iface v0 10.1.0.2/24', 'add-iface w0 10.1.0.2/24', 'add-iface v0 10.2.0.2/24']);
});

namespaceTest('an interface whose name ends in kata is never added and never deleted', async (t, namespace) => {
	const {told} = await startStory(t, namespace, {env: {NETMON_ADDRESS_WAIT: '1ms'}});
	namespace.batch(vethPair('tap0_kata', '10.1.0.2/24', {peer: 'p_kata'}));
	t.deepEqual((await told()).interfaces, []);
	namespace.ip('link del tap0_kata');
	t.deepEqual((await told()).interfaces, []);
});

namespaceTest('one of the start whose name ends in kata is not deleted either', async (t, namespace) => {
	namespace.batch([...vethPair('br0_kata', '10.1.0.2/24'), 'route add 10.9.0.0/16 via 10.1.0.1']);
	const {told} = await startStory(t, namespace);
	namespace.ip('link set br0_kata mtu 1400');
	t.deepEqual(await told(), {interfaces: [], routes: []}, 'the guest has no such interface for the route');
	namespace.ip('link del br0_kata');
	t.deepEqual((await told()).interfaces, []);
});

namespaceTest('katana0, whose name only begins so, is added and deleted', async (t, namespace) => {
	const {told} = await startStory(t, namespace);
	namespace.batch(vethPair('katana0', '10.1.0.2/24'));
	t.deepEqual((await told()).interfaces, ['add-iface katana0 10.1.0.2/24']);
	namespace.ip('link del katana0');
	t.deepEqual((await told()).interfaces, ['del-iface katana0 10.1.0.2/24']);
});

namespaceTest('an announced interface renamed into …kata is deleted, and one renamed out of it is new', async (t, namespace) => {
	namespace.batch(vethPair('v0', '10.1.0.2/24'));
	const {told} = await startStory(t, namespace);
	namespace.batch(rename('v0', 'v0kata'));
	t.deepEqual((await told()).interfaces, ['del-iface v0 10.1.0.2/24']);
	namespace.batch(rename('v0kata', 'w0'));
	t.deepEqual((await told()).interfaces, ['add-iface w0 10.1.0.2/24']);
});

namespaceTest('one of the start that is renamed out of …kata need not wait for an address for ever', async (t, namespace) => {
	namespace.batch(vethPair('v0kata', undefined));
	const {runtime} = await startStory(t, namespace, {env: {NETMON_ADDRESS_WAIT: '1ms'}});
	namespace.batch(rename('v0kata', 'v0'));
	const calls = await runtime.until('v0', (all) => all.some(({op}) => op === 'add-iface'));
	t.deepEqual(calls.slice(0, 1).map(describeCall), ['add-iface v0']);
});
