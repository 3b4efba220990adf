import test from 'ava';
import type {Delta} from '../../src/model/picture.js';
import {Drift} from '../../src/watch/drift.js';
import {WakeSet} from '../../src/watch/wake.js';
import {HeldClock} from '../helpers/held-clock.js';
import {RecordingLog} from '../helpers/recording-log.js';
import {makeLink, makeRoute, track} from '../helpers/records.js';
import {linkEvent, routeEvent} from '../helpers/scripted-probe.js';

const graceMs = 250;

function make() {
	const clock = new HeldClock();
	const log = new RecordingLog();
	let concluded = 0;
	const drift = new Drift(clock, log, () => {
		concluded += 1;
	});
	return {clock, log, drift, concluded: () => concluded};
}

const link = makeLink(4);
const linkDelta = {ifindex: 4, before: undefined, after: track(link)};
const routeSplice = {start: 0, removed: [], added: [makeRoute('10.9.0.0/16')]};
const linkCame: Delta = {links: [linkDelta], routes: new Map()};
const routeCame: Delta = {links: [], routes: new Map([['inet', routeSplice]])};
const bothCame: Delta = {links: [linkDelta], routes: routeCame.routes};
const nothing: Delta = {links: [], routes: new Map()};

const unheard = () => false;
function heardBy(...events: Parameters<WakeSet['ring']>[0][]) {
	const wake = new WakeSet();
	for (const event of events) wake.ring(event, 0);
	const taken = wake.take();
	return (subject: number | 'routes') => wake.hasHeard(subject, taken);
}

test('a change that the poll finds and no event reported is drift: counted, logged, and acted on', async (t) => {
	const {clock, log, drift, concluded} = make();
	drift.pollFound(bothCame, unheard);
	t.true(drift.suspects);
	t.is(drift.count, 0, 'its event may be on the way');
	await clock.pass(graceMs);
	t.is(drift.count, 2);
	t.is(concluded(), 1);
	t.deepEqual(log.lines, [
		{
			level: 'warn',
			message: 'the poll found changes that no event had reported',
			fields: {drift: 2, total: 2, what: ['v4', '10.9.0.0/16']},
		},
	]);
	t.false(drift.suspects);
	drift.pollFound(linkCame, unheard);
	await clock.pass(graceMs);
	t.is(drift.count, 3);
	t.like(log.lines[1]?.fields, {drift: 1, total: 3});
});

test('a change that an event reported is no drift', async (t) => {
	const {clock, log, drift, concluded} = make();
	drift.pollFound(bothCame, heardBy(linkEvent(link)));
	drift.pollFound(routeCame, heardBy(routeEvent));
	drift.pollFound(nothing, unheard);
	await clock.pass(10_000);
	t.is(drift.count, 0);
	t.is(concluded(), 0);
	t.deepEqual(log.lines, []);
});

test('flags of a route change without an event: that is no drift, and another change beside it is', async (t) => {
	const {clock, drift} = make();
	const changed = (before: object, after: object): Delta => ({
		links: [],
		routes: new Map([['inet', {start: 0, removed: [makeRoute('10.9.0.0/16', before)], added: [makeRoute('10.9.0.0/16', after)]}]]),
	});
	const hop = {dev: 'v4', weight: 1};
	drift.pollFound(changed({}, {flags: ['rt_offload']}), unheard);
	drift.pollFound(changed({nexthops: [{...hop, flags: []}]}, {nexthops: [{...hop, flags: ['dead', 'linkdown']}]}), unheard);
	await clock.pass(graceMs);
	t.is(drift.count, 0);
	drift.pollFound(changed({}, {flags: ['rt_offload'], gateway: '10.4.0.1'}), unheard);
	await clock.pass(graceMs);
	t.is(drift.count, 1);
});

test('an event that is a little late clears its own change, and no other', async (t) => {
	const {clock, drift} = make();
	drift.pollFound(bothCame, unheard);
	await clock.pass(graceMs - 50);
	drift.heard({...routeEvent, table: '100'});
	drift.heard(linkEvent({ifindex: 5, ifname: 'v5'}, {table: '100'}));
	drift.heard(routeEvent);
	await clock.pass(50);
	t.is(drift.count, 1, 'the link is left');
});

test('an event that comes too late does not undo the drift', async (t) => {
	const {clock, drift} = make();
	drift.pollFound(linkCame, unheard);
	await clock.pass(graceMs);
	drift.heard(linkEvent(link));
	t.is(drift.count, 1);
});

test('story 38: an event that comes while the poll looks is not missed', async (t) => {
	const {clock, drift} = make();
	const wake = new WakeSet();
	const taken = wake.take();
	wake.ring(linkEvent(link), 0);
	wake.ring(routeEvent, 0);
	drift.pollFound(bothCame, (subject) => wake.hasHeard(subject, taken));
	await clock.pass(graceMs);
	t.is(drift.count, 0);
});

test('after the end nothing is concluded', async (t) => {
	const {clock, log, drift, concluded} = make();
	drift.pollFound(linkCame, unheard);
	drift.stop();
	await clock.pass(10_000);
	t.is(concluded(), 0);
	t.deepEqual(log.lines, []);
});
