import test from 'ava';
import {interfaceChanges} from '../../src/diff/link-changes.js';
import {sameLink} from '../../src/diff/same-link.js';
import type {Difference} from '../../src/model/change.js';
import type {InterfaceTable} from '../../src/model/interface-table.js';
import type {Link} from '../../src/model/link.js';
import {deltaBetween, inet, inet6, makeLink, tableOf, track} from '../helpers/records.js';

function changesBetween(before: InterfaceTable, after: InterfaceTable) {
	return interfaceChanges(deltaBetween(before, after));
}

test('an interface that comes is added, one that goes is removed with its last state, one that stays is nothing', (t) => {
	const gone = makeLink(4, {mtu: 1400});
	t.deepEqual(changesBetween(tableOf(gone, makeLink(5)), tableOf(makeLink(5), makeLink(6))), [
		{type: 'interface', action: 'removed', ifindex: 4, ifname: 'v4', interface: gone},
		{type: 'interface', action: 'added', ifindex: 6, ifname: 'v6', interface: makeLink(6)},
	]);
});

test('rule 4: one deleted and made again is a removal and an addition, in that order, never a change', (t) => {
	const changes = changesBetween(tableOf(makeLink(4)), tableOf(track(makeLink(4, {ifname: 'new'}), {incarnation: 1})));
	t.deepEqual(
		changes.map(({action, ifname}) => `${action} ${ifname}`),
		['removed v4', 'added new'],
	);
});

const rows: readonly (readonly [string, Partial<Link>, Partial<Link>, readonly Difference[]])[] = [
	['the MTU', {}, {mtu: 1400}, [{path: ['mtu'], before: 1500, after: 1400}]],
	['the name', {}, {ifname: 'new'}, [{path: ['ifname'], before: 'v4', after: 'new'}]],
	['the hardware address', {}, {address: ''}, [{path: ['hwaddr'], before: '02:00:00:00:00:04', after: ''}]],
	['a master that comes', {}, {master: 'br0'}, [{path: ['master'], after: 'br0'}]],
	['a master that goes', {master: 'br0'}, {}, [{path: ['master'], before: 'br0'}]],
	['the carrier', {}, {flags: ['UP', 'NO-CARRIER']}, [{path: ['running'], before: true, after: false}]],
	[
		'being up',
		{},
		{flags: []},
		[
			{path: ['up'], before: true, after: false},
			{path: ['running'], before: true, after: false},
		],
	],
	[
		'an address that comes',
		{},
		{addr_info: [inet('10.4.0.2'), inet6('fd00::1')]},
		[{path: ['addresses', 'fd00::1/64'], after: {family: 'inet6', scope: 'global'}}],
	],
	['an address that goes', {}, {addr_info: []}, [{path: ['addresses', '10.4.0.2/24'], before: {family: 'inet', scope: 'global'}}]],
	[
		'the peer of an address',
		{},
		{addr_info: [{...inet('10.4.0.2'), address: '10.4.0.9'}]},
		[{path: ['addresses', '10.4.0.2/24', 'peer'], after: '10.4.0.9'}],
	],
];

for (const [what, before, after, differences] of rows) {
	test(`a change of ${what} is described as such, and only as such`, (t) => {
		const [change, ...others] = changesBetween(tableOf(makeLink(4, before)), tableOf(makeLink(4, after)));
		t.deepEqual(others, []);
		t.is(change?.action, 'changed');
		t.deepEqual(change?.interface, makeLink(4, after));
		t.deepEqual(change?.differences, differences);
	});
}

test('flags and states that nobody is told of are no change', (t) => {
	const other = makeLink(4, {operstate: 'UNKNOWN', flags: [...makeLink(4).flags, 'PROMISC']});
	t.true(sameLink(makeLink(4), other));
	t.deepEqual(changesBetween(tableOf(makeLink(4)), tableOf(other)), []);
});

test('another order of the addresses is a change, for the first is the preferred one', (t) => {
	const addresses = [inet('10.4.0.2'), inet('10.4.0.3')];
	const changes = changesBetween(tableOf(makeLink(4, {addr_info: addresses})), tableOf(makeLink(4, {addr_info: addresses.toReversed()})));
	t.deepEqual(
		changes.map(({action}) => action),
		['changed'],
	);
});

test('each field that is worth a change makes two links differ', (t) => {
	const others: Partial<Link>[] = [
		...[
			{ifname: 'x'},
			{mtu: 1},
			{address: ''},
			{link_kind: 'bridge'},
			{master: 'br0'},
			{flags: []},
			{flags: ['UP', 'NO-CARRIER']},
			{addr_info: []},
		],
		...[inet('10.4.0.2', 16), inet('10.4.0.9'), {...inet('10.4.0.2'), scope: 'link'}, {...inet('10.4.0.2'), address: '10.0.0.1'}].map(
			(address) => ({
				addr_info: [address],
			}),
		),
	];
	for (const other of others) t.false(sameLink(makeLink(4), makeLink(4, other)), JSON.stringify(other));
	t.true(sameLink(makeLink(4), makeLink(4)));
});
