import test from 'ava';
import {decisionSentence} from '../../src/diff/decision-text.js';
import {decisionsOf} from '../../src/diff/decisions.js';
import {heldInterfaces} from '../../src/diff/plan.js';
import type {AnnouncedInterface} from '../../src/model/announced.js';
import type {InterfaceTable} from '../../src/model/interface-table.js';
import {defaultRules, makeLink, makeRecord, tableOf, told, wishesOf} from '../helpers/records.js';

const mac = '02:00:00:00:00:01';
const sharing = (ifindex: number, linkType = 'veth') => told(ifindex, {record: makeRecord(ifindex, {hwaddr: mac, linkType})});
const macvlan = (ifindex: number) => makeLink(ifindex, {address: mac, link_kind: 'macvlan'});

function decided(table: InterfaceTable, ...interfaces: readonly AnnouncedInterface[]) {
	const held = heldInterfaces(wishesOf(table, interfaces, defaultRules, 1e6), {interfaces, routes: undefined, routesOwed: false});
	return decisionsOf({table, routes: new Map()}, interfaces, defaultRules, 1e6, held);
}

test('story 27: one that is gone and kept in the guest says which other one it would take with it', (t) => {
	const decisions = decided(tableOf(macvlan(5)), sharing(4), sharing(5, 'macvlan'));
	t.deepEqual(decisions[1], {
		subject: {interface: 'v4', ifindex: 4},
		decision: 'kept',
		code: 'shared-address-unattachable',
		facts: {announced_as: 'v4', hwaddr: mac, standing: 'told', sharer: 'v5', kind: 'macvlan'},
	});
	t.deepEqual(decisions.map(decisionSentence), [
		'v5 is announced: it has not changed since',
		'v4 is kept as it was announced: to detach it would detach v5 too, which has the same hardware address and, as a macvlan, could not be attached again',
	]);
});

test('one that is to be replaced, and keeps its old name since another keeps the new one, says so', (t) => {
	// v4 is gone and kept; v6 has taken its name.
	const table = tableOf(macvlan(5), makeLink(6, {ifname: 'v4'}));
	const decisions = decided(table, sharing(4), sharing(5, 'macvlan'), told(6, {standing: 'unsure'}));
	const of6 = decisions.find(({subject}) => 'ifindex' in subject && subject.ifindex === 6);
	t.like(of6, {decision: 'kept', code: 'name-kept', facts: {name: 'v4', announced_as: 'v6'}});
});

test('without one that stays, what is gone is about to be deleted', (t) => {
	t.like(decided(tableOf(), sharing(4))[0], {decision: 'to-delete', code: 'gone'});
});
