import test from 'ava';
import {heldInterfaces, stepKey, withoutBlocked} from '../../src/diff/plan.js';
import type {Announced, AnnouncedInterface, AnnouncedRecord} from '../../src/model/announced.js';
import type {InterfaceTable} from '../../src/model/interface-table.js';
import type {Rules} from '../../src/model/rules.js';
import type {Step} from '../../src/model/step.js';
import {planSteps} from '../helpers/plan-steps.js';
import {defaultRules, inet, loopback, makeLink, makeRecord, tableOf, told, track, wishesOf} from '../helpers/records.js';

const same = 'routes';

function announcedOf(...interfaces: AnnouncedInterface[]): Announced {
	return {interfaces, routes: same, routesOwed: false};
}

function plan(table: InterfaceTable, announced: Announced, rules: Partial<Rules> = {}, routes = same): Step[] {
	const all = {...defaultRules, ...rules};
	return planSteps(wishesOf(table, announced.interfaces, all, 1e6), announced, routes).map(bare);
}

/** An identity may carry more than it needs. */
function bare(step: Step): Step {
	if (step.op !== 'add-iface') return step;
	const {ifindex, incarnation} = step.identity;
	return {...step, identity: {ifindex, incarnation}};
}

function del(entry: AnnouncedInterface): Step {
	return {op: 'del-iface', entry};
}

function add(ifindex: number, incarnation = 0, record = makeRecord(ifindex)): Step {
	return {op: 'add-iface', identity: {ifindex, incarnation}, record};
}

test('where all is announced as it is wanted the plan is empty', (t) => {
	t.deepEqual(plan(tableOf(loopback, makeLink(4)), announcedOf(told(4))), []);
});

test('rule 2: an interface that is not announced is added', (t) => {
	t.deepEqual(plan(tableOf(makeLink(4), makeLink(5)), announcedOf(told(4))), [add(5)]);
});

test('rule 3: an announced interface renamed into …kata is deleted, and under the announced name', (t) => {
	t.deepEqual(plan(tableOf(makeLink(4, {ifname: 'v4_kata'})), announcedOf(told(4))), [del(told(4))]);
});

test('rule 4: an announced interface that is gone is deleted with exactly the record that was announced', (t) => {
	const entry = told(4, {record: makeRecord(4, {mtu: 9000, name: 'former'})});
	t.deepEqual(plan(tableOf(), announcedOf(entry)), [del(entry)]);
});

test('rule 4: one that goes down, or loses its carrier or its addresses, stays', (t) => {
	for (const link of [makeLink(4, {flags: []}), makeLink(4, {flags: ['UP', 'NO-CARRIER']}), makeLink(4, {addr_info: []})]) {
		t.deepEqual(plan(tableOf(link), announcedOf(told(4))), []);
	}
});

test('rule 4: deleted and made again with the same index and the same record: first the one, then the other', (t) => {
	t.deepEqual(plan(tableOf(track(makeLink(4), {incarnation: 3})), announcedOf(told(4))), [del(told(4)), add(4, 3)]);
});

test('rule 4: deleted and made again with the same name and another index: first the one, then the other', (t) => {
	const table = tableOf(makeLink(9, {ifname: 'v4'}));
	t.deepEqual(plan(table, announcedOf(told(4))), [del(told(4)), add(9, 0, makeRecord(9, {name: 'v4'}))]);
});

test('rule 5: a change under replace is a delete of the old record and an add of the new', (t) => {
	const table = tableOf(makeLink(4, {mtu: 1400}));
	t.deepEqual(plan(table, announcedOf(told(4)), {onChange: 'replace'}), [del(told(4)), add(4, 0, makeRecord(4, {mtu: 1400}))]);
	t.deepEqual(plan(table, announcedOf(told(4)), {onChange: 'first-address'}), []);
	t.deepEqual(plan(table, announcedOf(told(4)), {onChange: 'ignore'}), []);
});

test('rule 5: a first address under first-address is a delete and an add, under ignore nothing', (t) => {
	const entry = told(4, {record: makeRecord(4, {addresses: []})});
	t.deepEqual(plan(tableOf(makeLink(4)), announcedOf(entry)), [del(entry), add(4)]);
	t.deepEqual(plan(tableOf(makeLink(4)), announcedOf(entry), {onChange: 'ignore'}), []);
});

test('rule 6: routes are told when the list differs, when it is owed and when it is not known; else not', (t) => {
	const announced = announcedOf(told(4));
	const table = tableOf(makeLink(4));
	t.deepEqual(plan(table, announced, {}, 'others'), [{op: 'update-routes'}]);
	t.deepEqual(plan(table, {...announced, routesOwed: true}), [{op: 'update-routes'}]);
	t.deepEqual(plan(table, {...announced, routes: undefined}), [{op: 'update-routes'}]);
	t.deepEqual(plan(table, announced), []);
});

test('rule 7: deletes in the order in which they were announced, then adds, then routes', (t) => {
	const announced: Announced = {...announcedOf(told(9), told(2), told(4)), routesOwed: true};
	const steps = plan(tableOf(makeLink(7), makeLink(4), makeLink(3)), announced);
	t.deepEqual(steps, [del(told(9)), del(told(2)), add(7), add(3), {op: 'update-routes'}]);
});

test('rule 7: an interface that came and went leads to no step', (t) => {
	t.deepEqual(plan(tableOf(loopback), announcedOf()), []);
});

const mac = '02:00:00:00:00:aa';
const sharing = (ifindex: number) => told(ifindex, {record: makeRecord(ifindex, {hwaddr: mac})});
const sharingLink = (ifindex: number) => makeLink(ifindex, {address: mac});

test('rule 8: when one of those that share an address goes, all of them are deleted in the order announced, and the ones that remain added again', (t) => {
	const announced = announcedOf(sharing(6), told(5), sharing(4), sharing(3));
	const table = tableOf(sharingLink(3), makeLink(5), sharingLink(6));
	t.deepEqual(plan(table, announced), [del(sharing(6)), del(sharing(4)), del(sharing(3))]);
	// Those that remain are withdrawn after their delete, and then added.
	const withdrawn = announcedOf({...sharing(6), standing: 'withdrawn'}, told(5), {...sharing(3), standing: 'withdrawn'});
	t.deepEqual(plan(table, withdrawn), [add(6, 0, sharing(6).record), add(3, 0, sharing(3).record)]);
});

test('rule 8: one that shares an address and stays beside one that comes is not touched', (t) => {
	t.deepEqual(plan(tableOf(sharingLink(4), sharingLink(5)), announcedOf(sharing(4))), [add(5, 0, sharing(5).record)]);
});

test('rule 8: one that shares an address and is withdrawn is not deleted again', (t) => {
	const withdrawn: AnnouncedInterface = {...sharing(6), standing: 'withdrawn'};
	const steps = plan(tableOf(sharingLink(6)), announcedOf(withdrawn, sharing(4)));
	t.deepEqual(steps, [del(sharing(4)), add(6, 0, sharing(6).record)]);
});

test('story 27: an empty hardware address is not shared: only the interface that goes is deleted', (t) => {
	const bare = (ifindex: number) => told(ifindex, {record: makeRecord(ifindex, {hwaddr: ''})});
	t.deepEqual(plan(tableOf(makeLink(5, {address: ''})), announcedOf(bare(4), bare(5))), [del(bare(4))]);
	t.deepEqual(withoutBlocked([del(bare(4)), add(6, 0, bare(6).record)]), [del(bare(4)), add(6, 0, bare(6).record)]);
});

const stuck = (ifindex: number, more: Partial<AnnouncedRecord> = {}) =>
	told(ifindex, {record: makeRecord(ifindex, {hwaddr: mac, linkType: 'macvlan', ...more})});
const stuckLink = (ifindex: number) => makeLink(ifindex, {address: mac, link_kind: 'macvlan'});

test('story 27: nothing is called where one that shares the address remains and could not be attached again', (t) => {
	const announced = announcedOf(sharing(4), stuck(5));
	const table = tableOf(stuckLink(5));
	t.deepEqual(plan(table, announced), []);
	const [held, ...more] = heldInterfaces(wishesOf(table, announced.interfaces, defaultRules, 1e6), announced);
	t.deepEqual(more, []);
	t.is(held?.entry.ifindex, 4);
	t.deepEqual(held?.reason, {code: 'shared-address-unattachable', hwaddr: mac, ifname: 'v5', kind: 'macvlan'});
	t.deepEqual(plan(tableOf(), announced), [del(sharing(4)), del(stuck(5))], 'both go');
	t.deepEqual(plan(tableOf(sharingLink(4)), announced), [del(sharing(4)), del(stuck(5))], 'the one that stays can be attached again');
});

test('story 27: what stays attached keeps its name, and nothing else is added under it', (t) => {
	const announced = announcedOf(sharing(4), stuck(5));
	const again = makeLink(9, {ifname: 'v4', address: '02:00:00:00:00:09'});
	t.deepEqual(plan(tableOf(stuckLink(5), again, makeLink(8)), announced), [add(8)]);
});

test('story 27: one whose add failed is added again without a delete, where that would detach another for ever', (t) => {
	const announced = announcedOf(stuck(5), {...sharing(4), standing: 'unsure'});
	t.deepEqual(plan(tableOf(stuckLink(5), sharingLink(4)), announced), [add(4, 0, sharing(4).record)]);
	t.deepEqual(plan(tableOf(stuckLink(5)), announced), []);
});

test('story 27: a change of an interface that could not be attached again is not told if another shares its address', (t) => {
	const announced = announcedOf(sharing(4), stuck(5));
	const table = tableOf(sharingLink(4), {...stuckLink(5), mtu: 1400});
	t.deepEqual(plan(table, announced, {onChange: 'replace'}), []);
	t.deepEqual(
		plan(tableOf({...stuckLink(5), mtu: 1400}), announcedOf(stuck(5)), {onChange: 'replace'}).map(({op}) => op),
		['del-iface', 'add-iface'],
	);
});

for (const onChange of ['ignore', 'first-address', 'replace'] as const) {
	test(`story 28: one that has given up its name is replaced before another is added under it (--on-change ${onChange})`, (t) => {
		const table = tableOf(makeLink(4, {ifname: 'old'}), makeLink(9, {ifname: 'v4'}));
		const steps = plan(table, announcedOf(told(4)), {onChange});
		t.deepEqual(steps, [del(told(4)), add(4, 0, makeRecord(4, {name: 'old'})), add(9, 0, makeRecord(9, {name: 'v4'}))]);
		t.deepEqual(withoutBlocked(steps), [del(told(4))]);
	});
}

test('story 28: one that has given up its name stays while nobody else is to be added under it', (t) => {
	const down = makeLink(9, {ifname: 'v4', flags: []});
	t.deepEqual(plan(tableOf(makeLink(4, {ifname: 'old'}), down), announcedOf(told(4))), []);
});

test('story 28: when names move on from one interface to the next, all of them are replaced', (t) => {
	const table = tableOf(makeLink(4, {ifname: 'v5'}), makeLink(5, {ifname: 'v6'}), makeLink(6, {ifname: 'x'}), makeLink(9, {ifname: 'v4'}));
	const steps = plan(table, announcedOf(told(4), told(5), told(6)));
	t.deepEqual(
		steps.map((step) => (step.op === 'add-iface' ? step.record.name : step.op)),
		['del-iface', 'del-iface', 'del-iface', 'v5', 'v6', 'x', 'v4'],
	);
});

test('an interface whose call failed is deleted before it is added again', (t) => {
	const entry = told(4, {standing: 'unsure'});
	t.deepEqual(plan(tableOf(makeLink(4)), announcedOf(entry)), [del(entry), add(4)]);
	t.deepEqual(plan(tableOf(), announcedOf(entry)), [del(entry)]);
});

test('an add waits for the delete of the same index, the same name or the same address, and for no other', (t) => {
	const gone = del(told(4));
	for (const [what, blocked] of [
		['index', add(4, 3, makeRecord(8))],
		['name', add(8, 0, makeRecord(8, {name: 'v4'}))],
		['address', add(8, 0, makeRecord(8, {hwaddr: makeRecord(4).hwaddr}))],
	] as const) {
		t.deepEqual(withoutBlocked([gone, blocked, add(9), {op: 'update-routes'}]), [gone, add(9), {op: 'update-routes'}], what);
	}
	t.deepEqual(withoutBlocked([add(4), {op: 'update-routes'}]), [add(4), {op: 'update-routes'}]);
});

test('steps have the same key only where they are of the same operation and the same interface', (t) => {
	const steps = [del(told(4)), add(4), add(4, 3), add(40), del(told(4, {incarnation: 3})), {op: 'update-routes'} as const];
	t.is(new Set(steps.map(stepKey)).size, steps.length);
	t.is(stepKey(add(4)), stepKey(add(4, 0, makeRecord(4, {mtu: 1}))));
	t.is(stepKey(del(told(4))), stepKey(del(told(4, {standing: 'unsure'}))));
});

test('rule 5: two that have changed their names with each other are both deleted before either is added', (t) => {
	const table = tableOf(makeLink(4, {ifname: 'v5'}), makeLink(5, {ifname: 'v4'}));
	const steps = plan(table, announcedOf(told(4), told(5)), {onChange: 'replace'});
	t.deepEqual(withoutBlocked(steps), [del(told(4)), del(told(5))]);
	t.deepEqual(steps.slice(2), [add(4, 0, makeRecord(4, {name: 'v5'})), add(5, 0, makeRecord(5, {name: 'v4'}))]);
});

test('rule 2: what is not due yet is not planned', (t) => {
	const table = tableOf(track(makeLink(4, {addr_info: []}), {changedAt: 1e6}), makeLink(5, {addr_info: [inet('10.5.0.2')]}));
	t.deepEqual(plan(table, announcedOf()), [add(5)]);
});

test('rule 8: an interface that would be attached again under the name of one that stays, stays too, or it would be lost', (t) => {
	const shared = {linkType: 'macvlan', hwaddr: '02:00:00:00:ff:01'};
	const link = {link_kind: 'macvlan', address: '02:00:00:00:ff:01'};
	const stays = told(4, {record: makeRecord(4, {...shared, name: 'eth0'})});
	const other = told(5, {record: makeRecord(5, {...shared, name: 'v5'})});
	const renamed = told(6, {record: makeRecord(6, {name: 'v6'})});
	const table = tableOf(makeLink(4, {...link, ifname: 'v4'}), makeLink(5, {...link, ifname: 'v5'}), makeLink(6, {ifname: 'eth0'}));
	t.deepEqual(plan(table, announcedOf(stays, other, renamed), {onChange: 'replace'}), []);
});
