import test from 'ava';
import {beginStep, forgetMoot, settleStep} from '../../src/diff/announce.js';
import type {Announced, AnnouncedInterface} from '../../src/model/announced.js';
import type {Link} from '../../src/model/link.js';
import {defaultRules, makeLink, makeRecord, tableOf, told, wishesOf} from '../helpers/records.js';

function announcedOf(...interfaces: AnnouncedInterface[]): Announced {
	return {interfaces, routes: 'before', routesOwed: false};
}

function desiredOf(announced: Announced, ...links: Link[]) {
	return wishesOf(tableOf(...links), announced.interfaces, defaultRules, 0);
}

const nothing = desiredOf(announcedOf());
const addStep = {op: 'add-iface', identity: {ifindex: 5, incarnation: 0}, record: makeRecord(5)} as const;

test('an add that has begun is unsure, and last in the order, until it succeeds', (t) => {
	const begun = beginStep(announcedOf(told(4)), addStep);
	t.deepEqual(begun, announcedOf(told(4), told(5, {standing: 'unsure'})));
	t.deepEqual(settleStep(begun, addStep, nothing, 'now'), {...announcedOf(told(4), told(5)), routesOwed: true});
});

test('an add again goes to the end of the order, as the endpoint does', (t) => {
	const again = {op: 'add-iface', identity: {ifindex: 4, incarnation: 0}, record: makeRecord(4)} as const;
	const begun = beginStep(announcedOf(told(4, {standing: 'withdrawn'}), told(5)), again);
	t.deepEqual(settleStep(begun, again, nothing, 'now').interfaces, [told(5), told(4)]);
});

test('an add of another incarnation does not replace the entry of the former one', (t) => {
	const newer = {...addStep, identity: {ifindex: 4, incarnation: 9}};
	t.is(beginStep(announcedOf(told(4)), newer).interfaces.length, 2);
});

test('a delete that has begun makes unsure all that are told with its hardware address, and no other', (t) => {
	const shared = told(6, {record: makeRecord(6, {hwaddr: makeRecord(4).hwaddr})});
	const withdrawn = {...shared, ifindex: 7, standing: 'withdrawn'} as const;
	const begun = beginStep(announcedOf(told(4), told(5), shared, withdrawn), {op: 'del-iface', entry: told(4)});
	t.deepEqual(
		begun.interfaces.map(({ifindex, standing}) => `${ifindex} ${standing}`),
		['4 unsure', '5 told', '6 unsure', '7 withdrawn'],
	);
});

test('story 27: a delete without a hardware address makes nobody else unsure', (t) => {
	const bare = (ifindex: number) => told(ifindex, {record: makeRecord(ifindex, {hwaddr: ''})});
	const begun = beginStep(announcedOf(bare(4), bare(5)), {op: 'del-iface', entry: bare(4)});
	t.deepEqual(
		begun.interfaces.map(({standing}) => standing),
		['unsure', 'told'],
	);
});

test('a delete that succeeded forgets an unwanted interface, and withdraws one that has to come again', (t) => {
	const announced = announcedOf(told(4), told(5));
	const step = {op: 'del-iface', entry: told(4)} as const;
	t.deepEqual(settleStep(announced, step, desiredOf(announced, makeLink(5)), 'now').interfaces, [told(5)]);
	t.deepEqual(settleStep(announced, step, desiredOf(announced, makeLink(4), makeLink(5)), 'now').interfaces, [
		told(4, {standing: 'withdrawn'}),
		told(5),
	]);
});

test('rule 6: after an add or a delete that succeeded routes are owed, after routes they are not', (t) => {
	const announced = announcedOf(told(4));
	t.true(settleStep(announced, {op: 'del-iface', entry: told(4)}, nothing, 'now').routesOwed);
	t.true(settleStep(announced, addStep, nothing, 'now').routesOwed);
	t.deepEqual(settleStep({...announced, routesOwed: true}, {op: 'update-routes'}, nothing, 'now'), {...announced, routes: 'now'});
});

test('routes that are being told are unknown until the call succeeds', (t) => {
	const announced = {...announcedOf(told(4)), routesOwed: true};
	t.deepEqual(beginStep(announced, {op: 'update-routes'}), {...announced, routes: undefined});
});

test('what is withdrawn and not wanted any more is forgotten without a call, and nothing else is', (t) => {
	const announced = announcedOf(told(4, {standing: 'withdrawn'}), told(5, {standing: 'unsure'}), told(6), told(7, {standing: 'withdrawn'}));
	const desired = desiredOf(announced, makeLink(7));
	t.deepEqual(
		forgetMoot(announced, desired).interfaces.map(({ifindex}) => ifindex),
		[5, 6, 7],
	);
	const kept = announcedOf(told(5), told(7, {standing: 'withdrawn'}));
	t.is(forgetMoot(kept, desired), kept, 'the same object where nothing is forgotten');
});
