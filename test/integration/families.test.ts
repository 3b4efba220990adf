import {namespaceTest} from '../helpers/namespace.js';
import {startStory, vethPair} from '../helpers/story.js';
import {waitFor} from '../helpers/wait.js';

/** A veth pair with link-local addresses, as the kernel makes them, and others. */
const dual = [
	'link add v0 address 02:00:00:00:00:01 type veth peer name p0',
	'addr add 10.1.0.2/24 dev v0',
	'addr add fd00::2/64 dev v0 nodad',
	'link set p0 up',
	'link set v0 up',
];
const linkLocal = 'fe80::ff:fe00:1';

/** Waiting until told uses fences, which are IPv4 routes. With inet6 alone there are none, so wait for calls. */
namespaceTest('--family inet6: IPv6 addresses are told, IPv4 and link-local ones are not', async (t, namespace) => {
	const {runtime} = await startStory(t, namespace, {args: ['--family', 'inet6']});
	namespace.batch(dual);
	const [add, routes] = await runtime.until('the add and the routes', (calls) => calls.length >= 2);
	t.is(
		add?.text,
		'{"Device":"v0","Name":"v0","IPAddresses":[{"Family":10,"Address":"fd00::2","Mask":"64"}],"Mtu":1500,' +
			'"RawFlags":0,"HwAddr":"02:00:00:00:00:01","PciPath":{},"LinkType":"veth"}',
	);
	t.deepEqual([routes?.op, routes?.text], ['update-routes', '[]'], 'neither fe80::/64 nor what the kernel makes');
	namespace.batch(['route add 10.9.0.0/16 via 10.1.0.1', 'route add fd00:9::/64 via fd00::1']);
	const calls = await runtime.until('the route', (all) => all.length >= 3);
	t.is(calls[2]?.text, '[{"Dest":"fd00:9::/64","Gateway":"fd00::1","Device":"v0","Source":"","Scope":0}]');
	namespace.ip('link del v0');
	const last = await runtime.until('the delete', (all) => all.some(({op}) => op === 'del-iface'));
	t.is(last.find(({op}) => op === 'del-iface')?.text, add?.text);
});

namespaceTest('--family all: addresses and routes of both are told', async (t, namespace) => {
	const {told} = await startStory(t, namespace, {args: ['--family', 'all']});
	namespace.batch(dual);
	t.deepEqual((await told()).interfaces, ['add-iface v0 10.1.0.2/24 fd00::2/64']);
	namespace.batch([
		'route add default via 10.1.0.1',
		'route add default via fd00::1 dev v0',
		'route add fd00:8::/64 via fe80::1 dev v0',
		'route add fd00:9::7 via fd00::1',
		'route add fd00:a::/64 dev v0',
	]);
	t.deepEqual(await told(), {
		interfaces: [],
		routes: [
			'default via 10.1.0.1 dev v0',
			'fd00:8::/64 via fe80::1 dev v0',
			'fd00:9::7/128 via fd00::1 dev v0',
			'fd00:a::/64 dev v0',
			'default via fd00::1 dev v0',
		],
	});
});

namespaceTest('--family all with the profile kata-1.5: the kernel’s routes are told, link-local ones are not', async (t, namespace) => {
	namespace.batch(dual);
	const {told} = await startStory(t, namespace, {args: ['--family', 'all', '--profile', 'kata-1.5']});
	t.deepEqual((await told()).routes, ['10.1.0.0 dev v0 src 10.1.0.2 scope 253', 'fd00:: dev v0']);
});

namespaceTest('--family inet, the default: an interface with IPv6 addresses only has none', async (t, namespace) => {
	const {runtime, told} = await startStory(t, namespace);
	namespace.batch(['link add v0 type veth peer name p0', 'addr add fd00::2/64 dev v0 nodad', 'link set p0 up', 'link set v0 up']);
	namespace.ip('route add fd00:9::/64 via fd00::1');
	t.deepEqual(await told(), {interfaces: [], routes: []});
	namespace.ip('addr add 10.1.0.2/24 dev v0');
	t.deepEqual((await told()).interfaces, ['add-iface v0 10.1.0.2/24']);
	t.false(runtime.calls.some(({text}) => text.includes('fd00')));
});

namespaceTest('--family inet: one that has IPv6 addresses only at the start is announced, without them', async (t, namespace) => {
	namespace.batch([
		'link add v0 type veth peer name p0',
		'link set p0 addrgenmode none',
		'addr add fd00::2/64 dev v0 nodad',
		'link set p0 up',
		'link set v0 up',
	]);
	const {told} = await startStory(t, namespace);
	namespace.ip('link del v0');
	t.deepEqual((await told()).interfaces, ['del-iface v0']);
});

namespaceTest('--family all: IPv6 routes that cannot be sent are left out', async (t, namespace) => {
	namespace.batch(dual);
	const {netmon, told} = await startStory(t, namespace, {args: ['--family', 'all']});
	namespace.batch([
		'route add blackhole fd00:b::/64',
		'route add fd00:c::/64 nexthop via fd00::1 dev v0 weight 1 nexthop via fd00::3 dev v0 weight 3',
		'route add fd00:d::/64 via fd00::1 metric 100',
		'route add fd00:d::/64 via fd00::5 metric 50',
	]);
	t.deepEqual((await told()).routes, ['fd00:c::/64 via fd00::3 dev v0', 'fd00:d::/64 via fd00::5 dev v0']);
	await waitFor('the warning', () => netmon.stderr.includes('its type is blackhole'));
	t.pass();
});

namespaceTest('--family all: IPv6 routes that go with their link are dropped', async (t, namespace) => {
	namespace.batch([...dual, 'route add fd00:9::/64 via fd00::1']);
	const {told} = await startStory(t, namespace, {args: ['--family', 'all']});
	t.deepEqual((await told()).routes, ['fd00:9::/64 via fd00::1 dev v0']);
	namespace.ip('link set v0 down');
	t.deepEqual(await told(), {interfaces: [], routes: []});
});

namespaceTest('--family all: an address that is first tentative and then not leads to one announcement', async (t, namespace) => {
	const {told} = await startStory(t, namespace, {args: ['--family', 'all', '--on-change', 'replace']});
	namespace.batch(['link add v0 type veth peer name p0', 'link set v0 addrgenmode none', 'link set p0 up', 'link set v0 up']);
	namespace.ip('addr add fd00::2/64 dev v0');
	await waitFor('the end of the duplicate address detection', () => !namespace.ip('-6 addr show dev v0').includes('tentative'));
	t.deepEqual((await told()).interfaces, ['add-iface v0 fd00::2/64']);
});

namespaceTest('a link-local address alone is none for an interface that is new', async (t, namespace) => {
	const {told} = await startStory(t, namespace, {args: ['--family', 'all']});
	namespace.batch(['link add v0 address 02:00:00:00:00:01 type veth peer name p0', 'link set p0 up', 'link set v0 up']);
	await waitFor('the link-local address', () => namespace.ip('addr show dev v0').includes(linkLocal));
	t.deepEqual((await told()).interfaces, []);
	namespace.batch(vethPair('w0', '10.2.0.2/24'));
	t.deepEqual((await told()).interfaces, ['add-iface w0 10.2.0.2/24']);
});
