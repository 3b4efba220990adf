import test from 'ava';
import {guestOf, sameGuest} from '../../src/diff/guest.js';
import {selectRoutes} from '../../src/diff/list-routes.js';
import {parsePrefix, prefixKey} from '../../src/text/ip-prefix.js';
import {defaultRules, loopback, makeLink, makeRecord, makeRoute, tableOf, told, track} from '../helpers/records.js';

test('the guest has the interfaces that are told and still there, by the name that they have now', (t) => {
	const table = tableOf(
		loopback,
		makeLink(4, {ifname: 'renamed'}),
		makeLink(5),
		makeLink(6),
		track(makeLink(7), {incarnation: 3}),
		makeLink(8),
	);
	const announced = [told(4), told(5, {standing: 'unsure'}), told(6, {standing: 'withdrawn'}), told(7), told(9)];
	t.deepEqual(
		[...guestOf(table, announced).interfaces].map(([name, {name: inGuest}]) => [name, inGuest]),
		[
			['lo', 'lo'],
			['renamed', 'v4'],
		],
	);
});

test('the loopback is "lo" to the guest, however it is called here', (t) => {
	t.is(guestOf(tableOf({...loopback, ifname: 'loop'}), []).interfaces.get('loop')?.name, 'lo');
});

test('a record that was told under an old name is where routes of the renamed interface go', (t) => {
	const table = tableOf(makeLink(4, {ifname: 'new'}));
	const guest = guestOf(table, [told(4, {record: makeRecord(4, {name: 'old'})})]);
	t.is(selectRoutes([makeRoute('default', {dev: 'new'})], guest, defaultRules).routes[0]?.device, 'old');
	t.is(selectRoutes([makeRoute('default', {dev: 'old'})], guest, defaultRules).routes.length, 0);
});

test('the guest’s kernel makes routes to the networks of the addresses that it was told, as a kernel does', (t) => {
	const addresses = [
		{family: 2, address: '10.4.0.2', mask: '24'},
		{family: 2, address: '10.4.0.3', mask: '24'},
		{family: 2, address: '10.7.0.1', mask: '32'},
		{family: 2, address: '10.8.0.1', mask: '31'},
		{family: 2, address: '0.1.2.3', mask: '8'},
		{family: 10, address: 'fd00::2', mask: '64'},
		{family: 10, address: 'fd01::2', mask: '128'},
	] as const;
	const guest = guestOf(tableOf(loopback, makeLink(4)), [told(4, {record: makeRecord(4, {addresses})})]);
	for (const network of ['10.4.0.0/24', '10.8.0.0/31', 'fd00::/64', 'fd01::2', '::1']) {
		t.true(guest.ownRoutes.has(prefixKey(parsePrefix(network))), network);
	}
	t.is(guest.ownRoutes.size, 5);
});

test('what is judged for one guest holds for another with the same names and addresses, and for no other', (t) => {
	const table = tableOf(loopback, makeLink(4), makeLink(5));
	const guest = guestOf(table, [told(4), told(5)]);
	t.true(sameGuest(guest, guestOf(table, [told(4, {record: {...makeRecord(4), mtu: 9}}), told(5)])));
	const address = {family: 2, address: '10.4.0.2', mask: '16'} as const;
	for (const other of [
		guestOf(table, [told(4)]),
		guestOf(table, [told(4, {record: makeRecord(4, {name: 'x'})}), told(5)]),
		guestOf(table, [told(4, {record: makeRecord(4, {addresses: []})}), told(5)]),
		guestOf(table, [told(4, {record: makeRecord(4, {addresses: [address]})}), told(5)]),
		guestOf(tableOf(loopback, makeLink(4, {ifname: 'x'}), makeLink(5)), [told(4), told(5)]),
	]) {
		t.false(sameGuest(guest, other));
	}
});

test('what the guest has of an interface is kept where its record is the same object', (t) => {
	const table = tableOf(loopback, makeLink(4), makeLink(5));
	const announced = [told(4), told(5)];
	const before = guestOf(table, announced);
	const after = guestOf(table, announced.slice(0, 1), before);
	t.is(after.interfaces.get('v4'), before.interfaces.get('v4'));
	t.false(after.interfaces.has('v5'));
	t.false(after.ownRoutes.has(prefixKey(parsePrefix('10.5.0.0/24'))));
});

test('an interface that the guest still has, or may have, blocks routes to its networks', (t) => {
	const table = tableOf(loopback, makeLink(4), makeLink(6));
	for (const announced of [
		[told(4), told(9)],
		[told(4), told(9, {standing: 'unsure'})],
	]) {
		const guest = guestOf(table, announced);
		const {routes, leftOut} = selectRoutes([makeRoute('10.9.0.0/24', {gateway: '10.4.0.1'})], guest, defaultRules);
		t.deepEqual(routes, []);
		t.like(leftOut, [{reason: {code: 'guest-route-first', device: 'v9'}}]);
		t.false(sameGuest(guest, guestOf(table, [told(4)])));
	}
});
