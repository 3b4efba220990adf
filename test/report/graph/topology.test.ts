import test from 'ava';
import type {DrawnNamespace} from '../../../src/report/graph/drawn-namespace.js';
import {topologyOf} from '../../../src/report/graph/topology.js';
import {inet, inet6, makeLink} from '../../helpers/records.js';
import {defaultRoute, drawn, far} from './drawn.js';

/** `n0_2 pair n1_3`. */
const linesOf = (...namespaces: readonly DrawnNamespace[]): string[] =>
	topologyOf(namespaces).lines.map(({from, kind, to}) => `${from} ${kind} ${to}`);

const outsideOf = (...namespaces: readonly DrawnNamespace[]): string[] => topologyOf(namespaces).outside.map(({text}) => text);

const bridge = (ifindex: number, ifname: string) => makeLink(ifindex, {ifname, link_kind: 'bridge'});

test('a bridge and its ports, a bond and its members: lines from the master', (t) => {
	const links = [
		bridge(2, 'br0'),
		makeLink(3, {master: 'br0'}),
		makeLink(4, {ifname: 'bond0', link_kind: 'bond'}),
		makeLink(5, {master: 'bond0'}),
	];
	t.deepEqual(linesOf(drawn('web', links)), ['n0_2 port n0_3', 'n0_4 port n0_5']);
});

test('a vlan or macvlan and its parent, in its own namespace or in another', (t) => {
	const vlan = makeLink(3, {ifname: 'eth0.5', link_kind: 'vlan', link: 'v2'});
	t.deepEqual(linesOf(drawn('host', [makeLink(2), vlan])), ['n0_2 parent n0_3']);
	const macvlan = far(7, 2, 0, {link_kind: 'macvlan'});
	t.deepEqual(linesOf(drawn('host', [makeLink(2)]), drawn('pod', [macvlan], {numbers: new Map([[0, 0]])})), ['n0_2 parent n1_7']);
});

test('a macvlan whose namespace nobody knows leads to a place outside, although another namespace has that index', (t) => {
	const namespaces = [drawn('host', [makeLink(2)]), drawn('pod', [far(7, 2, 0, {link_kind: 'macvlan'})])];
	t.deepEqual(linesOf(...namespaces), ['e0 parent n1_7']);
	t.deepEqual(outsideOf(...namespaces), ['index 2 in another namespace']);
});

test('where all namespaces of the host are there, the parent is in the only one that has its index', (t) => {
	const pod = drawn('pod', [far(7, 20, 0, {link_kind: 'macvlan'})]);
	const linesOfAll = (...namespaces: readonly DrawnNamespace[]) => topologyOf(namespaces, true).lines.map(({from, to}) => `${from} ${to}`);
	t.deepEqual(linesOfAll(drawn('host', [makeLink(20)]), pod, drawn('other', [makeLink(2)])), ['n0_20 n1_7']);
	t.deepEqual(linesOfAll(drawn('host', [makeLink(20)]), pod, drawn('other', [makeLink(20)])), ['e0 n1_7'], 'two have it');
});

test('both ends of a veth in one namespace are one line', (t) => {
	t.deepEqual(linesOf(drawn('web', [makeLink(2, {link: 'v3'}), makeLink(3, {link: 'v2'})])), ['n0_2 pair n0_3']);
});

test('a veth across namespaces is found by the names of ip netns list-id', (t) => {
	const numbers = (place: number) => ({numbers: new Map([[0, place]])});
	// Each has the indices of all others, as in namespaces that were made one after the other.
	const namespaces = [
		drawn('a', [far(2, 2, 0)], numbers(2)),
		drawn('b', [far(2, 2, 0)], numbers(3)),
		drawn('c', [far(2, 2, 0)], numbers(0)),
		drawn('d', [far(2, 2, 0)], numbers(1)),
	];
	t.deepEqual(linesOf(...namespaces), ['n0_2 pair n2_2', 'n1_2 pair n3_2']);
});

test('without names it is found by the indices that point at each other', (t) => {
	const host = drawn('host', [far(10, 2, 0), far(11, 2, 1), far(12, 2, 2)]);
	const pods = [12, 10, 11].map((peer) => drawn(`pod ${peer}`, [far(2, peer, 0)]));
	t.deepEqual(linesOf(host, ...pods), ['n0_10 pair n2_2', 'n0_11 pair n3_2', 'n0_12 pair n1_2']);
});

test('what one pair shows decides for another of the same number, and rules out for a third', (t) => {
	const host = drawn('host', [far(10, 2, 0), far(11, 3, 0), far(20, 2, 1)]);
	// By 10 and 2 alone either could be meant: the first has both, and so the second is left for 20.
	const both = drawn('both', [far(2, 10, 0), far(3, 11, 0)]);
	const one = drawn('one', [far(2, 20, 0)]);
	t.deepEqual(linesOf(host, both, one), ['n0_10 pair n1_2', 'n0_11 pair n1_3', 'n0_20 pair n2_2']);
});

test('where several could be meant none is drawn, and each end leads outside', (t) => {
	const namespaces = [0, 1, 2].map((n) => drawn(`n${n}`, [far(2, 2, 0)]));
	t.deepEqual(linesOf(...namespaces), ['n0_2 pair e0', 'n1_2 pair e1', 'n2_2 pair e2']);
});

test('a namespace that is not drawn is named where its name is known', (t) => {
	const web = drawn('web', [far(2, 5, 0), far(3, 6, 1)], {numbers: new Map([[0, 'db']])});
	t.deepEqual(outsideOf(web), ['index 5 in db', 'index 6 in another namespace']);
});

test('links whose namespaces have no number are each by itself', (t) => {
	const host = drawn('host', [makeLink(10, {link_index: 2}), makeLink(11, {link_index: 2})]);
	t.deepEqual(linesOf(host, drawn('a', [far(2, 10, 0)]), drawn('b', [far(2, 11, 0)])), ['n0_10 pair n1_2', 'n0_11 pair n2_2']);
});

test('the line of a pair begins at the end that is the port of a bridge', (t) => {
	const pod = drawn('pod', [far(2, 10, 0)]);
	const host = drawn('host', [bridge(3, 'br0'), far(10, 2, 0, {master: 'br0'})]);
	t.deepEqual(linesOf(pod, host), ['n1_3 port n1_10', 'n1_10 pair n0_2']);
});

test('the loopback is left out unless it has an address of its own, or something leads to it', (t) => {
	const nodesOf = (namespace: DrawnNamespace) => topologyOf([namespace]).boxes[0]?.nodes.map(({name}) => name);
	t.deepEqual(nodesOf(drawn('web', [])), []);
	const lo = makeLink(1, {ifname: 'lo', flags: ['LOOPBACK', 'UP', 'LOWER_UP'], addr_info: [inet('127.0.0.1', 8), inet('10.9.0.1', 32)]});
	t.deepEqual(nodesOf({...drawn('web', []), links: [lo]}), ['lo']);
	t.deepEqual(nodesOf(drawn('web', [makeLink(2, {link_kind: 'vxlan', link: 'lo'})])), ['lo', 'v2']);
});

test('addresses are shown but link-local ones, and of many the first ones', (t) => {
	const addressesOf = (link: ReturnType<typeof makeLink>) => topologyOf([drawn('web', [link])]).boxes[0]?.nodes[0]?.addresses;
	t.deepEqual(addressesOf(makeLink(2, {addr_info: [inet('10.0.0.2'), inet6('fd00::2'), inet6('fe80::1', 64, 'link')]})), [
		'10.0.0.2/24',
		'fd00::2/64',
	]);
	const many = Array.from({length: 1000}, (_, n) => inet(`10.0.${n >> 8}.${n & 255}`, 32));
	t.deepEqual(addressesOf(makeLink(2, {addr_info: many}))?.slice(-2), ['10.0.0.4/32', 'and 995 more']);
});

test('a default route is shown at the interface of each of its next hops, else with the namespace', (t) => {
	const hops = [
		{gateway: '10.0.0.1', dev: 'v2', weight: 1, flags: []},
		{via: {family: 'inet6', host: 'fe80::1'}, dev: 'v3', weight: 1, flags: []},
	];
	const {gateway: _, dev: __, ...several} = defaultRoute({nexthops: hops, metric: 5});
	const {gateway: ___, dev: ____, ...nowhere} = defaultRoute({type: 'blackhole'});
	const routes = [defaultRoute(), several, nowhere, defaultRoute({dst: '10.0.0.0/8'})];
	const [box] = topologyOf([drawn('web', [makeLink(2), makeLink(3)], {routes})]).boxes;
	t.deepEqual(
		box?.nodes.map(({defaults}) => defaults),
		[['default via 10.0.0.1', 'default via 10.0.0.1 metric 5'], ['default via fe80::1 metric 5']],
	);
	t.deepEqual(box?.notes, ['blackhole default']);
});

test('a link that names one which is not there has no line', (t) => {
	t.deepEqual(linesOf(drawn('web', [makeLink(2, {link: 'gone', master: 'gone'})])), []);
});
