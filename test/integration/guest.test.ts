import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {makeMounts} from '../faults/mounts.js';
import {namespaceTest, namespaceTestIf, type TestNamespace} from '../helpers/namespace.js';
import {startStory, vethPair} from '../helpers/story.js';
import {waitFor} from '../helpers/wait.js';

const eth1 = vethPair('eth1', '10.1.0.2/24');
const eth2 = vethPair('eth2', '10.2.0.2/24');

function setSysctl(namespace: TestNamespace, path: string, value: string): void {
	const [file, args] = namespace.command('sh', ['-c', `echo ${value} > /proc/sys/net/${path}`]);
	execFileSync(file, args);
}

namespaceTest('story 25: a route is sent though the kernel shows only the number of its nexthop object', async (t, namespace) => {
	namespace.batch([...eth1, ...eth2]);
	setSysctl(namespace, 'ipv4/nexthop_compat_mode', '0');
	const {told} = await startStory(t, namespace);
	namespace.batch(['nexthop add id 7 via 10.1.0.1 dev eth1', 'route add 10.9.0.0/16 nhid 7']);
	t.deepEqual((await told()).routes, ['10.9.0.0/16 via 10.1.0.1 dev eth1']);
	namespace.ip('nexthop replace id 7 via 10.1.0.9 dev eth1');
	t.deepEqual((await told()).routes, ['10.9.0.0/16 via 10.1.0.9 dev eth1'], 'an object that changes');
	namespace.batch(['nexthop add id 8 via 10.2.0.1 dev eth2', 'nexthop add id 9 group 7/8,5', 'route add 10.8.0.0/16 nhid 9']);
	t.deepEqual((await told()).routes, ['10.8.0.0/16 via 10.2.0.1 dev eth2', '10.9.0.0/16 via 10.1.0.9 dev eth1'], 'a group');
	namespace.ip('nexthop del id 8');
	t.deepEqual((await told()).routes, ['10.8.0.0/16 via 10.1.0.9 dev eth1', '10.9.0.0/16 via 10.1.0.9 dev eth1'], 'a member that goes');
	namespace.batch(['nexthop add id 6 blackhole', 'route add 10.7.0.0/16 nhid 6']);
	t.is((await told()).routes.length, 2, 'a blackhole');
});

namespaceTest('story 25: the same for IPv6, and for an IPv4 route by an IPv6 object', async (t, namespace) => {
	namespace.batch([...eth1, 'addr add fd00:1::2/64 dev eth1 nodad']);
	setSysctl(namespace, 'ipv4/nexthop_compat_mode', '0');
	const {netmon, told} = await startStory(t, namespace, {args: ['--family', 'all']});
	namespace.ip('-6 nexthop add id 7 via fd00:1::1 dev eth1');
	namespace.ip('-6 route add fd00:9::/64 nhid 7');
	namespace.ip('route add 10.9.0.0/16 nhid 7');
	t.deepEqual((await told()).routes, ['fd00:9::/64 via fd00:1::1 dev eth1']);
	await waitFor('the warning', () => netmon.stderr.includes('its gateway is of the other family'));
});

namespaceTest('story 23: a route with an onlink gateway goes behind a link route', async (t, namespace) => {
	namespace.batch([...eth1, 'addr add fd00:1::2/64 dev eth1 nodad']);
	const {netmon, told} = await startStory(t, namespace, {args: ['--family', 'all']});
	namespace.ip('route add default via 169.254.1.1 dev eth1 onlink');
	t.deepEqual((await told()).routes, ['169.254.1.1/32 dev eth1 scope 253', 'default via 169.254.1.1 dev eth1']);
	namespace.ip('-6 route add default via fd00:77::1 dev eth1 onlink');
	t.deepEqual((await told()).routes.slice(2), ['fd00:77::1/128 dev eth1 scope 253', 'default via fd00:77::1 dev eth1']);
	await waitFor('what is said of it', () => netmon.stderr.includes('"code":"gateway-link-route"'));
});

namespaceTest(
	'story 23: peers are reached by the routes that the kernel makes to them, and a local address is told once',
	async (t, namespace) => {
		namespace.batch(eth1);
		const {told} = await startStory(t, namespace);
		namespace.batch([
			'link add eth3 type veth peer name peth3',
			'link set eth3 addrgenmode none',
			'addr add 10.7.0.1 peer 10.7.0.2/32 dev eth3',
			'addr add 10.7.0.1 peer 10.7.0.3/32 dev eth3',
			'link set peth3 up',
			'link set eth3 up',
		]);
		namespace.ip('route add 10.8.0.0/16 via 10.7.0.2');
		t.deepEqual(await told(), {
			interfaces: ['add-iface eth3 10.7.0.1/32'],
			routes: [
				'10.7.0.2/32 dev eth3 src 10.7.0.1 scope 253',
				'10.7.0.3/32 dev eth3 src 10.7.0.1 scope 253',
				'10.8.0.0/16 via 10.7.0.2 dev eth3',
			],
		});
	},
);

namespaceTest('story 23: gateways and sources of an address that the guest was not told of', async (t, namespace) => {
	namespace.batch(eth1);
	const {netmon, told} = await startStory(t, namespace);
	namespace.batch([
		'addr add 10.5.0.2/24 dev eth1',
		'route add 10.9.0.0/16 via 10.5.0.1',
		'route add 10.8.0.0/16 via 10.1.0.1 src 10.5.0.2',
	]);
	t.deepEqual((await told()).routes, [
		'10.5.0.0/24 dev eth1 scope 253',
		'10.8.0.0/16 via 10.1.0.1 dev eth1',
		'10.9.0.0/16 via 10.5.0.1 dev eth1',
	]);
	await waitFor('the warning', () => netmon.stderr.includes('it is sent without its source 10.5.0.2'));
});

namespaceTest('story 23: a second route to a network of the guest is not sent', async (t, namespace) => {
	namespace.batch([...eth1, ...eth2]);
	const {netmon, told} = await startStory(t, namespace);
	namespace.batch(['route add 10.1.0.0/24 via 10.2.0.1 dev eth2 metric 20', 'route add 10.8.0.0/16 via 10.2.0.1']);
	t.deepEqual((await told()).routes, ['10.8.0.0/16 via 10.2.0.1 dev eth2']);
	await waitFor('the warning', () => netmon.stderr.includes('the guest has a route of its own to the same destination, by eth1'));
});

namespaceTest('story 23: an IPv6 default route without a gateway is ::/0', async (t, namespace) => {
	namespace.batch([...eth1, 'addr add fd00:1::2/64 dev eth1 nodad']);
	const {told} = await startStory(t, namespace, {args: ['--family', 'all']});
	namespace.ip('-6 route add default dev eth1');
	t.deepEqual((await told()).routes, ['::/0 dev eth1']);
});

namespaceTest('story 26: a destination that the best route makes unreachable is not sent by a worse route', async (t, namespace) => {
	namespace.batch(eth1);
	const {told} = await startStory(t, namespace);
	namespace.batch(['route add unreachable default', 'route add default via 10.1.0.9 metric 50']);
	t.deepEqual((await told()).routes, []);
	namespace.ip('route del unreachable default');
	t.deepEqual((await told()).routes, ['default via 10.1.0.9 dev eth1']);
});

namespaceTest('story 24: of next hops one that is dead is not sent', async (t, namespace) => {
	namespace.batch([...eth1, ...eth2]);
	const {told} = await startStory(t, namespace);
	namespace.ip('route add default nexthop via 10.1.0.1 dev eth1 weight 10 nexthop via 10.2.0.1 dev eth2 weight 1');
	t.deepEqual((await told()).routes, ['default via 10.1.0.1 dev eth1']);
	namespace.ip('link set eth1 down');
	t.deepEqual((await told()).routes, ['default via 10.2.0.1 dev eth2']);
});

namespaceTest('story 24: a dead route that comes first is not sent', async (t, namespace) => {
	namespace.batch([...eth1, ...eth2]);
	setSysctl(namespace, 'ipv4/conf/all/ignore_routes_with_linkdown', '1');
	setSysctl(namespace, 'ipv4/conf/eth1/ignore_routes_with_linkdown', '1');
	const {told} = await startStory(t, namespace);
	namespace.batch(['route add default via 10.1.0.1 metric 10', 'route add default via 10.2.0.1 metric 20']);
	t.deepEqual((await told()).routes, ['default via 10.1.0.1 dev eth1']);
	namespace.ip('link set peth1 down');
	// A work queue of the kernel marks it (linkwatch_event, net/core/link_watch.c).
	await waitFor('the dead route', () => namespace.ip('route show').includes('dead linkdown'));
	t.deepEqual((await told()).routes, ['default via 10.2.0.1 dev eth2']);
});

const whyNoFolder = existsSync('/etc/iproute2') ? undefined : 'there is no /etc/iproute2 to mount names of scopes over';

namespaceTestIf(whyNoFolder, 'story 23: a scope that has a name on this machine only is sent as its number', async (t, namespace) => {
	const mounts = await makeMounts(t, namespace);
	mounts.sh("mount -t tmpfs none /etc/iproute2 && printf '0 global\\n253 link\\n100 campus\\n' > /etc/iproute2/rt_scopes");
	namespace.batch(eth1);
	const {told} = await startStory(t, mounts);
	namespace.ip('route add 10.8.0.0/16 dev eth1 scope 100');
	t.deepEqual((await told()).routes, ['10.8.0.0/16 dev eth1 scope 100']);
});

namespaceTest('story 28: the guest never has two interfaces of one name', async (t, namespace) => {
	namespace.batch(eth1);
	const {told} = await startStory(t, namespace);
	namespace.batch(['link set eth1 down', 'link set eth1 name old', 'link set old up']);
	t.deepEqual((await told()).interfaces, [], 'nobody else has the name');
	namespace.batch(vethPair('eth1', '10.4.0.2/24', {peer: 'q'}));
	t.deepEqual((await told()).interfaces, ['del-iface eth1 10.1.0.2/24', 'add-iface old 10.1.0.2/24', 'add-iface eth1 10.4.0.2/24']);
});

namespaceTest('story 27: nothing is detached that could not be attached again', async (t, namespace) => {
	const mac = '02:00:00:00:00:01';
	namespace.batch([
		...vethPair('eth1', '10.1.0.2/24', {mac}),
		`link add br0 address ${mac} type bridge`,
		'link set br0 addrgenmode none',
		'addr add 10.2.0.2/24 dev br0',
		'link set br0 up',
		...vethPair('eth4', '10.4.0.2/24'),
	]);
	const {netmon, told} = await startStory(t, namespace);
	namespace.batch(['link del eth1', 'link del eth4']);
	t.deepEqual((await told()).interfaces, ['del-iface eth4 10.4.0.2/24']);
	await waitFor('the warning', () => netmon.stderr.includes('"code":"shared-address-unattachable"'));
	namespace.ip('link del br0');
	t.deepEqual((await told()).interfaces, ['del-iface eth1 10.1.0.2/24', 'del-iface br0 10.2.0.2/24']);
});

namespaceTest('story 10: an address that another host has is none', async (t, namespace) => {
	namespace.batch(['link add eth5 type veth peer name peth5', 'link set peth5 up', 'addr add fd00:5::2/64 dev peth5 nodad']);
	const {told} = await startStory(t, namespace, {args: ['--family', 'all']});
	namespace.batch(['addr add fd00:5::2/64 dev eth5', 'addr add fd00:5::7/64 dev eth5', 'link set eth5 up']);
	await waitFor('the end of duplicate address detection', () => {
		const shown = namespace.ip('-6 addr show dev eth5');
		return shown.includes('dadfailed') && !/fd00:5::7.*tentative/.test(shown);
	});
	t.deepEqual((await told()).interfaces, ['add-iface eth5 fd00:5::7/64']);
});
