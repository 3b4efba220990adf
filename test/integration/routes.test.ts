import {namespaceTest, namespaceTestWhere} from '../helpers/namespace.js';
import type {Running} from '../helpers/netmon.js';
import {startStory, vethPair} from '../helpers/story.js';
import {waitFor} from '../helpers/wait.js';

const v0 = vethPair('v0', '10.1.0.2/24');
const w0 = vethPair('w0', '10.2.0.2/24');

/** Reasons in the warnings about routes that are not sent unchanged. */
function warnings(netmon: Running): string[] {
	return netmon.stderr
		.split('\n')
		.filter((line) => line.includes('route is not sent as it is'))
		.map((line) => `${/"dst":"(.*?)"/.exec(line)?.[1]}: ${/"reason":"(.*?)"/.exec(line)?.[1]}`);
}

interface Case {
	readonly what: string;
	readonly lines: readonly string[];
	readonly sent: readonly string[];
	/** The commands that remove the routes again, if a flush cannot. */
	readonly clear?: string;
}

const sentRoutes: readonly Case[] = [
	{what: 'a default route has an empty destination', lines: ['route add default via 10.1.0.1'], sent: ['default via 10.1.0.1 dev v0']},
	{what: 'a route has its gateway', lines: ['route add 10.9.0.0/16 via 10.1.0.1'], sent: ['10.9.0.0/16 via 10.1.0.1 dev v0']},
	{what: 'a route of scope link has scope 253', lines: ['route add 10.9.0.0/16 dev v0'], sent: ['10.9.0.0/16 dev v0 scope 253']},
	{what: 'a host route has its prefix of 32', lines: ['route add 10.9.0.7 via 10.1.0.1'], sent: ['10.9.0.7/32 via 10.1.0.1 dev v0']},
	{what: 'a route of scope host has scope 254', lines: ['route add 10.9.0.7 dev v0 scope host'], sent: ['10.9.0.7/32 dev v0 scope 254']},
	{
		what: 'a route of scope site has scope 200',
		lines: ['route add 10.9.0.0/16 via 10.1.0.1 scope site'],
		sent: ['10.9.0.0/16 via 10.1.0.1 dev v0 scope 200'],
	},
	{
		what: 'a route has its source address',
		lines: ['route add 10.9.0.0/16 via 10.1.0.1 src 10.1.0.2'],
		sent: ['10.9.0.0/16 via 10.1.0.1 dev v0 src 10.1.0.2'],
	},
	{what: 'a route of the loopback is sent', lines: ['route add 10.9.0.0/16 dev lo'], sent: ['10.9.0.0/16 dev lo scope 253']},
	{
		what: 'of several routes to a destination the first listed is sent',
		lines: [
			'route add 10.9.0.0/16 via 10.1.0.3 metric 100',
			'route add 10.9.0.0/16 via 10.1.0.1 metric 50',
			'route add 10.9.0.0/16 via 10.1.0.4 metric 70',
		],
		sent: ['10.9.0.0/16 via 10.1.0.1 dev v0'],
	},
	{
		what: 'of several default routes the first listed is sent',
		lines: ['route add default via 10.1.0.3 metric 100', 'route add default via 10.1.0.1 metric 50'],
		sent: ['default via 10.1.0.1 dev v0'],
	},
	{
		what: 'a route of another table counts for nothing',
		lines: ['route add 10.9.0.0/16 via 10.1.0.1 table 100', 'route add default via 10.1.0.1 table 253'],
		sent: [],
	},
	{
		what: 'routes are sent in the kernel’s order',
		lines: ['route add 10.9.0.0/16 via 10.1.0.1', 'route add 10.8.0.0/16 via 10.1.0.1', 'route add default via 10.1.0.1'],
		sent: ['default via 10.1.0.1 dev v0', '10.8.0.0/16 via 10.1.0.1 dev v0', '10.9.0.0/16 via 10.1.0.1 dev v0'],
	},
	{
		what: 'a route that is replaced is sent as it is then',
		lines: ['route add 10.9.0.0/16 via 10.1.0.1', 'route replace 10.9.0.0/16 via 10.1.0.3'],
		sent: ['10.9.0.0/16 via 10.1.0.3 dev v0'],
	},
	{
		what: 'a route of a nexthop object has its gateway and device',
		lines: ['nexthop add id 7 via 10.1.0.1 dev v0', 'route add 10.9.0.0/16 nhid 7'],
		sent: ['10.9.0.0/16 via 10.1.0.1 dev v0'],
		clear: 'route del 10.9.0.0/16 nhid 7',
	},
];

for (const {what, lines, sent, clear = 'route flush proto boot'} of sentRoutes) {
	namespaceTest(what, async (t, namespace) => {
		namespace.batch(v0);
		const {netmon, told} = await startStory(t, namespace);
		namespace.batch(lines);
		t.deepEqual(await told(), {interfaces: [], routes: sent});
		namespace.ip(clear);
		t.deepEqual((await told()).routes, [], 'and taken back');
		t.deepEqual(warnings(netmon), []);
	});
}

interface LeftOutCase extends Case {
	readonly warnings: readonly string[];
	/** For features that the kernel may lack. */
	readonly needs?: readonly string[];
}

const leftOut: readonly LeftOutCase[] = [
	...['blackhole', 'unreachable', 'prohibit', 'throw'].map((type) => ({
		what: `a route of type ${type}`,
		lines: [`route add ${type} 10.9.0.0/16`],
		sent: [],
		warnings: [`10.9.0.0/16: its type is ${type}`],
	})),
	...['local', 'broadcast'].map((type) => ({
		what: `a route of type ${type}`,
		lines: [`route add ${type} 10.9.0.7 dev v0 table main`],
		sent: [],
		warnings: [`10.9.0.7: its type is ${type}`],
	})),
	{
		what: 'a route with a TOS',
		lines: ['route add 10.9.0.0/16 tos 0x10 via 10.1.0.3', 'route add 10.9.0.0/16 via 10.1.0.1'],
		sent: ['10.9.0.0/16 via 10.1.0.1 dev v0'],
		warnings: ['10.9.0.0/16: it has a TOS'],
	},
	{
		what: 'an IPv4 route by an IPv6 gateway',
		lines: ['route add 10.9.0.0/16 via inet6 fe80::1 dev v0'],
		sent: [],
		warnings: ['10.9.0.0/16: its gateway is of the other family'],
	},
	{
		what: 'a route encapsulated in IPv6',
		lines: ['route add 10.9.0.0/16 encap ip6 dst fd00::1 dev v0'],
		sent: [],
		warnings: ['10.9.0.0/16: it is encapsulated'],
		needs: [...v0, 'route add 10.9.0.0/16 encap ip6 dst fd00::1 dev v0'],
	},
	{
		what: 'a route encapsulated in IPv4',
		lines: ['route add 10.9.0.0/16 encap ip id 3 dst 10.1.0.1 tos 4 dev v0'],
		sent: [],
		warnings: ['10.9.0.0/16: it is encapsulated'],
		needs: [...v0, 'route add 10.9.0.0/16 encap ip id 3 dst 10.1.0.1 tos 4 dev v0'],
	},
	{
		what: 'a route whose next hops are encapsulated',
		lines: ['route add 10.9.0.0/16 nexthop encap ip6 dst fd00::1 dev v0 nexthop encap ip6 dst fd00::2 dev v0'],
		sent: [],
		warnings: ['10.9.0.0/16: the guest has none of its next hops'],
		needs: [...v0, 'route add 10.9.0.0/16 encap ip6 dst fd00::1 dev v0'],
	},
	{
		what: 'a route encapsulated in MPLS',
		lines: ['route add 10.9.0.0/16 encap mpls 100 via 10.1.0.1'],
		sent: [],
		warnings: ['10.9.0.0/16: it is encapsulated'],
		needs: [...v0, 'route add 10.9.0.0/16 encap mpls 100 via 10.1.0.1'],
	},
	{
		what: 'a route of an interface that the runtime does not have',
		lines: ['addr add 10.3.0.2/24 dev x0', 'route add 10.9.0.0/16 via 10.3.0.1'],
		sent: [],
		warnings: ['10.9.0.0/16: the guest does not have its interface'],
	},
	{
		what: 'a blackhole by a nexthop object',
		lines: ['nexthop add id 8 blackhole', 'route add 10.9.0.0/16 nhid 8'],
		sent: [],
		warnings: ['10.9.0.0/16: its type is blackhole'],
	},
];

for (const {what, lines, sent, warnings: expected, needs = []} of leftOut) {
	namespaceTestWhere(needs, `${what} is left out, with one warning, and the others are sent`, async (t, namespace) => {
		// x0 has no carrier: known, not announced.
		namespace.batch([...v0, 'link add x0 type veth peer name px0', 'link set x0 up']);
		const {netmon, told} = await startStory(t, namespace);
		namespace.batch([...lines, 'route add 10.8.0.0/16 via 10.1.0.1']);
		t.deepEqual(await told(), {interfaces: [], routes: ['10.8.0.0/16 via 10.1.0.1 dev v0', ...sent]});
		namespace.ip('route add 10.7.0.0/16 via 10.1.0.1');
		await told();
		await waitFor('the warning', () => warnings(netmon).length > 0);
		await told();
		t.deepEqual(warnings(netmon), expected);
	});
}

namespaceTest('of several next hops the one of the highest weight is sent, with a warning', async (t, namespace) => {
	namespace.batch([...v0, ...w0]);
	const {netmon, told} = await startStory(t, namespace);
	namespace.ip('route add 10.9.0.0/16 nexthop via 10.1.0.1 dev v0 weight 2 nexthop via 10.2.0.1 dev w0 weight 5');
	t.deepEqual((await told()).routes, ['10.9.0.0/16 via 10.2.0.1 dev w0']);
	await waitFor('the warning', () => warnings(netmon).length > 0);
	t.deepEqual(warnings(netmon), ['10.9.0.0/16: of several next hops one is sent']);
});

namespaceTest('of next hops the one of the highest weight whose interface the guest has is sent', async (t, namespace) => {
	// x0 gets its address later than at the start, so it is not announced. It has never had a carrier: after one is lost, x0 counts as
	// running until a work queue of the kernel says otherwise (linkwatch_event, net/core/link_watch.c).
	const x0 = vethPair('x0', undefined).filter((line) => !line.endsWith(' up'));
	namespace.batch([...v0, ...w0, ...x0]);
	const {told} = await startStory(t, namespace);
	namespace.batch([
		'addr add 10.3.0.2/24 dev x0',
		'link set x0 up',
		'route add 10.9.0.0/16 nexthop via 10.3.0.1 dev x0 weight 9 nexthop via 10.2.0.1 dev w0 weight 2 nexthop via 10.1.0.1 dev v0 weight 3',
	]);
	t.deepEqual(await told(), {interfaces: [], routes: ['10.9.0.0/16 via 10.1.0.1 dev v0']});
	namespace.ip('link set px0 up');
	t.deepEqual(await told(), {interfaces: ['add-iface x0 10.3.0.2/24'], routes: ['10.9.0.0/16 via 10.3.0.1 dev x0']});
	namespace.ip('link del x0');
	t.deepEqual((await told()).interfaces, ['del-iface x0 10.3.0.2/24']);
});

namespaceTest('of a group of nexthop objects the one of the highest weight is sent', async (t, namespace) => {
	namespace.batch([...v0, ...w0]);
	const {told} = await startStory(t, namespace);
	namespace.batch([
		'nexthop add id 1 via 10.1.0.1 dev v0',
		'nexthop add id 2 via 10.2.0.1 dev w0',
		'nexthop add id 3 group 1,2/2,7',
		'route add 10.9.0.0/16 nhid 3',
	]);
	t.deepEqual((await told()).routes, ['10.9.0.0/16 via 10.2.0.1 dev w0']);
	namespace.ip('nexthop del id 2');
	t.deepEqual((await told()).routes, ['10.9.0.0/16 via 10.1.0.1 dev v0']);
});

namespaceTest('a route is sent once its interface has been announced', async (t, namespace) => {
	const {told} = await startStory(t, namespace);
	namespace.batch(['link add v0 type veth peer name p0', 'addr add 10.1.0.2/24 dev v0', 'link set v0 up']);
	namespace.ip('route add 10.9.0.0/16 via 10.1.0.1');
	t.deepEqual(await told(), {interfaces: [], routes: []});
	namespace.ip('link set p0 up');
	t.deepEqual(await told(), {interfaces: ['add-iface v0 10.1.0.2/24'], routes: ['10.9.0.0/16 via 10.1.0.1 dev v0']});
});

namespaceTest('a route whose preferred rival goes is sent in its place', async (t, namespace) => {
	namespace.batch(v0);
	const {told} = await startStory(t, namespace);
	namespace.batch(['route add 10.9.0.0/16 via 10.1.0.3 metric 100', 'route add 10.9.0.0/16 via 10.1.0.1 metric 50']);
	t.deepEqual((await told()).routes, ['10.9.0.0/16 via 10.1.0.1 dev v0']);
	namespace.ip('route del 10.9.0.0/16 metric 50');
	t.deepEqual((await told()).routes, ['10.9.0.0/16 via 10.1.0.3 dev v0']);
});

namespaceTest('every add and every delete that succeeded is followed by the list, even when it is the same', async (t, namespace) => {
	const {runtime} = await startStory(t, namespace);
	namespace.batch(v0);
	await runtime.until('the add', (calls) => calls.length >= 2);
	namespace.ip('link del v0');
	const calls = await runtime.until('the delete', (all) => all.length >= 4);
	t.deepEqual(
		calls.map(({op, text}) => (op === 'update-routes' ? `${op} ${text}` : op)),
		['add-iface', 'update-routes []', 'del-iface', 'update-routes []'],
	);
});
