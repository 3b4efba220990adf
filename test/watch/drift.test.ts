import test from 'ava';
import type {Change} from '../../src/model/change.js';
import {Drift} from '../../src/watch/drift.js';
import {WakeSet} from '../../src/watch/wake.js';
import {HeldClock} from '../helpers/held-clock.js';
import {RecordingLog} from '../helpers/recording-log.js';
import {makeLink, makeRoute} from '../helpers/records.js';
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
const linkChange: Change = {type: 'interface', action: 'added', ifindex: 4, ifname: 'v4', interface: link};
const routeChange: Change = {type: 'route', action: 'added', family: 'inet', route: makeRoute('10.9.0.0/16')};

const untold = new WakeSet().take();
function toldBy(...events: Parameters<WakeSet['ring']>[0][]) {
	const wake = new WakeSet();
	for (const event of events) wake.ring(event, 0);
	return wake.take();
}

test('what the poll finds and no event has told is drift: counted, logged, and acted on', async (t) => {
	const {clock, log, drift, concluded} = make();
	drift.pollFound([linkChange, routeChange], untold);
	t.true(drift.suspects);
	t.is(drift.count, 0, 'its event may be on the way');
	await clock.pass(graceMs);
	t.is(drift.count, 2);
	t.is(concluded(), 1);
	t.deepEqual(log.lines, [
		{
			level: 'warn',
			message: 'the poll found changes that no event had told',
			fields: {drift: 2, total: 2, what: ['v4', '10.9.0.0/16']},
		},
	]);
	t.false(drift.suspects);
	drift.pollFound([linkChange], untold);
	await clock.pass(graceMs);
	t.is(drift.count, 3);
	t.like(log.lines[1]?.fields, {drift: 1, total: 3});
});

test('what an event has told is no drift', async (t) => {
	const {clock, log, drift, concluded} = make();
	drift.pollFound([linkChange, routeChange], toldBy(linkEvent(link)));
	drift.pollFound([routeChange], toldBy(routeEvent));
	drift.pollFound([], untold);
	await clock.pass(10_000);
	t.is(drift.count, 0);
	t.is(concluded(), 0);
	t.deepEqual(log.lines, []);
});

test('an event that is a little late clears what it tells, and only that', async (t) => {
	const {clock, drift} = make();
	drift.pollFound([linkChange, routeChange], untold);
	await clock.pass(graceMs - 50);
	drift.told({...routeEvent, table: '100'});
	drift.told(linkEvent({ifindex: 5, ifname: 'v5'}, {table: '100'}));
	drift.told(routeEvent);
	await clock.pass(50);
	t.is(drift.count, 1, 'the link is left');
});

test('an event that comes too late does not undo it', async (t) => {
	const {clock, drift} = make();
	drift.pollFound([linkChange], untold);
	await clock.pass(graceMs);
	drift.told(linkEvent(link));
	t.is(drift.count, 1);
});

test('after the end nothing is concluded', async (t) => {
	const {clock, log, drift, concluded} = make();
	drift.pollFound([linkChange], untold);
	drift.stop();
	await clock.pass(10_000);
	t.is(concluded(), 0);
	t.deepEqual(log.lines, []);
});
