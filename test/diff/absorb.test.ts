import test from 'ava';
import {absorb} from '../../src/diff/absorb.js';
import {firstTable} from '../../src/diff/first-table.js';
import {natureOf} from '../../src/diff/link-nature.js';
import {isOtherLink, type LinkLook} from '../../src/diff/track-link.js';
import type {InterfaceTable} from '../../src/model/interface-table.js';
import type {Link} from '../../src/model/link.js';
import {inet, makeLink, makeRoute, tableOf, track} from '../helpers/records.js';

const before: InterfaceTable = tableOf(
	track(makeLink(4), {incarnation: 1, sinceStart: true, changedAt: 10}),
	track(makeLink(5), {incarnation: 2, changedAt: 20}),
);

const partial = {exhaustive: false, addressesMayLack: false, reborn: new Set<number>(), discontinuous: false, serial: 9};

function look(seen: readonly Link[], more: Partial<LinkLook> = {}): InterfaceTable {
	const rest = {
		gone: new Set<number>(),
		exhaustive: true,
		addressesMayLack: false,
		reborn: new Set<number>(),
		discontinuous: false,
		serial: 9,
	};
	return absorb({table: before, routes: new Map()}, {links: {seen, ...rest, ...more}}, 1000).picture.table;
}

test('what is there at the first look is since the start, in the order of the dump', (t) => {
	const table = firstTable([makeLink(7), makeLink(4)], 5);
	t.deepEqual([...table.keys()], [7, 4]);
	t.deepEqual(table.get(4), {link: makeLink(4), incarnation: 0, sinceStart: true, changedAt: 5});
});

test('a link that is seen as it was keeps its entry but for the newer link object', (t) => {
	const known = before.get(4);
	t.deepEqual(look([makeLink(4), makeLink(5)]), before);
	if (known === undefined) return t.fail();
	t.is(look([known.link, makeLink(5)]).get(4), known, 'the very same entry for the very same link');
});

test('a link seen for the first time is new with the number of the look', (t) => {
	t.deepEqual(look([makeLink(4), makeLink(5), makeLink(6)]).get(6), {
		link: makeLink(6),
		incarnation: 9,
		sinceStart: false,
		changedAt: 1000,
	});
});

test('a link that has changed keeps its incarnation and since when it is there, and the moment of the change is noted', (t) => {
	const link = makeLink(4, {mtu: 1400});
	t.deepEqual(look([link, makeLink(5)]).get(4), {link, incarnation: 1, sinceStart: true, changedAt: 1000});
});

test('a flag or state that is not worth a change does not count as one', (t) => {
	const link = makeLink(4, {operstate: 'UNKNOWN', flags: [...makeLink(4).flags, 'ALLMULTI']});
	t.deepEqual(look([link, makeLink(5)]).get(4), {link, incarnation: 1, sinceStart: true, changedAt: 10});
});

test('of a complete dump, what is not seen is gone', (t) => {
	t.deepEqual([...look([makeLink(5)]).keys()], [5]);
});

test('of a dump that may lack entries, only what is known to be gone is', (t) => {
	t.deepEqual([...look([makeLink(5)], {exhaustive: false}).keys()], [4, 5]);
	t.deepEqual([...look([makeLink(5)], {exhaustive: false, gone: new Set([4])}).keys()], [5]);
});

test('of a dump that may lack addresses, none is concluded to be gone', (t) => {
	const seen = makeLink(4, {addr_info: [inet('10.4.0.9')]});
	t.deepEqual(look([seen], {exhaustive: false, addressesMayLack: true}).get(4)?.link.addr_info, [inet('10.4.0.9'), inet('10.4.0.2')]);
	t.deepEqual(look([seen], {exhaustive: false}).get(4)?.link.addr_info, [inet('10.4.0.9')]);
	const peers = ['10.7.0.2', '10.7.0.3'].map((address) => ({...inet('10.7.0.1', 32), address}));
	const known = {table: tableOf(makeLink(4, {addr_info: peers})), routes: new Map()};
	const links = {seen: [makeLink(4, {addr_info: peers.slice(1)})], gone: new Set<number>(), ...partial, addressesMayLack: true};
	t.is(absorb(known, {links}, 0).picture.table.get(4)?.link.addr_info.length, 2, 'one local address may have several peers');
	const whole = makeLink(4);
	t.deepEqual(look([whole], {exhaustive: false, addressesMayLack: true}).get(4)?.link, whole);
});

test('rule 4: a link whose deletion was announced and that is there is another one, though nothing differs', (t) => {
	t.deepEqual(look([makeLink(4), makeLink(5)], {reborn: new Set([4])}).get(4), {
		link: makeLink(4),
		incarnation: 9,
		sinceStart: false,
		changedAt: 1000,
	});
	t.is(look([makeLink(4), makeLink(5)], {reborn: new Set([4])}).get(5)?.incarnation, 2);
});

test('a link that is another one has none of the addresses of the former, also where addresses may lack', (t) => {
	const seen = makeLink(4, {addr_info: []});
	t.deepEqual(look([seen], {exhaustive: false, addressesMayLack: true, reborn: new Set([4])}).get(4)?.link.addr_info, []);
	const bridge = makeLink(4, {link_kind: 'bridge', addr_info: []});
	t.deepEqual(look([bridge], {exhaustive: false, addressesMayLack: true}).get(4)?.link.addr_info, []);
});

test('rule 4: a link of another kind under the same index is another one', (t) => {
	t.is(look([makeLink(4, {link_kind: 'bridge'}), makeLink(5)]).get(4)?.incarnation, 9);
});

test('another hardware address is another link only where events were missed', (t) => {
	const changed = [makeLink(4, {address: '02:00:00:00:00:ff'}), makeLink(5)];
	t.is(look(changed).get(4)?.incarnation, 1);
	t.is(look(changed, {discontinuous: true}).get(4)?.incarnation, 9);
	t.is(look([makeLink(4), makeLink(5)], {discontinuous: true}).get(4)?.incarnation, 1);
	t.false(isOtherLink(natureOf(makeLink(4)), natureOf(makeLink(4, {address: ''})), false));
});

test('after a loss, a link whose hardware address had changed is another one if the guest knows it by the old one, and the same if there is no guest', (t) => {
	const link = makeLink(4);
	const table = tableOf(track(link, {incarnation: 1, doubtful: true}));
	const rest = {...partial, gone: new Set<number>(), discontinuous: true};
	const incarnation = (announced?: ReadonlyMap<string, string>) =>
		absorb({table, routes: new Map()}, {links: {seen: [link], ...rest, ...(announced && {announced})}}, 0).picture.table.get(4)
			?.incarnation;
	t.is(incarnation(), 1);
	t.is(incarnation(new Map([['4.1', link.address]])), 1);
	t.is(incarnation(new Map([['4.1', '02:00:00:00:00:99']])), 9);
	t.is(incarnation(new Map()), 9);
});

test('a rename, of whatever kind, is the same link', (t) => {
	t.is(look([makeLink(4, {ifname: 'v5'}), makeLink(5, {ifname: 'v4'})]).get(4)?.incarnation, 1);
});

test('rule 3: a link renamed out of the runtime’s own names is new: it no longer waits as one of the start does', (t) => {
	const kata = tableOf(track(makeLink(4, {ifname: 'v4_kata'}), {sinceStart: true}));
	const rest = {
		gone: new Set<number>(),
		exhaustive: true,
		addressesMayLack: false,
		reborn: new Set<number>(),
		discontinuous: false,
		serial: 9,
	};
	t.false(absorb({table: kata, routes: new Map()}, {links: {seen: [makeLink(4)], ...rest}}, 0).picture.table.get(4)?.sinceStart);
	t.true(
		absorb({table: kata, routes: new Map()}, {links: {seen: [makeLink(4, {ifname: 'v5_kata'})], ...rest}}, 0).picture.table.get(4)
			?.sinceStart,
	);
});

test('the delta has the links that went, then those that came or changed, and no other', (t) => {
	const links = {seen: [makeLink(4), makeLink(6)], gone: new Set([5, 77]), ...partial};
	const {picture, delta} = absorb({table: before, routes: new Map()}, {links}, 1000);
	t.deepEqual(delta.links, [
		{ifindex: 5, before: before.get(5), after: undefined},
		{ifindex: 6, before: undefined, after: picture.table.get(6)},
	]);
});

test('a look that finds nothing new leaves the very same table, and an empty delta', (t) => {
	const links = {seen: [makeLink(4), makeLink(5)], gone: new Set<number>(), ...partial, exhaustive: true};
	const {picture, delta} = absorb({table: before, routes: new Map()}, {links}, 1000);
	t.is(picture.table, before);
	t.deepEqual(delta.links, []);
});

test('of routes the delta has one splice for each family that changed; without a complete dump nothing goes', (t) => {
	const list = ['10.1.0.0/16', '10.2.0.0/16', '10.3.0.0/16'].map((dst) => makeRoute(dst));
	const picture = {
		table: before,
		routes: new Map([
			['inet', list],
			['inet6', []],
		] as const),
	};
	const seen = [makeRoute('10.1.0.0/16'), makeRoute('10.9.0.0/16'), makeRoute('10.3.0.0/16')];
	const whole = absorb(
		picture,
		{
			routes: {
				byFamily: new Map([
					['inet', seen],
					['inet6', []],
				]),
				complete: true,
			},
		},
		0,
	);
	t.deepEqual([...whole.delta.routes], [['inet', {start: 1, removed: [makeRoute('10.2.0.0/16')], added: [makeRoute('10.9.0.0/16')]}]]);
	const part = absorb(picture, {routes: {byFamily: new Map([['inet', [makeRoute('10.1.0.0/16')]]]), complete: false}}, 0);
	t.deepEqual([...part.delta.routes], []);
	t.is(part.picture.routes.get('inet')?.length, 3);
});

test('the table that was is left as it was', (t) => {
	const copy = structuredClone(before);
	look([makeLink(5, {mtu: 1})], {gone: new Set([4])});
	t.deepEqual(before, copy);
});

test('the order of a complete dump is the order of the table', (t) => {
	t.deepEqual([...look([makeLink(9), makeLink(5), makeLink(4)]).keys()], [9, 5, 4]);
});
