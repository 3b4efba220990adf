import test from 'ava';
import type {MonitorEvent} from '../../src/probe/monitor/monitor-line.js';
import {WakeSet} from '../../src/watch/wake.js';
import {linkEvent, routeEvent} from '../helpers/scripted-probe.js';

const v0 = {ifindex: 4, ifname: 'v0'};
const w0 = {ifindex: 4, ifname: 'w0'};
const deleted = linkEvent(v0, {deleted: true});
const nothing = {all: false, links: new Map(), reborn: new Set(), routes: false, namesStale: false, discontinuous: false};
const doorbell = {name: 'v0', deleted: false, addresses: false, reborn: false};

function ring(...events: readonly MonitorEvent[]): WakeSet {
	const wake = new WakeSet();
	for (const event of events) wake.ring(event, 0);
	return wake;
}

test('a route of another table causes no look', (t) => {
	const wake = new WakeSet();
	t.false(wake.ring({...routeEvent, table: '100'}, 0));
	t.false(wake.ring({...routeEvent, table: 'local', deleted: true}, 0));
	t.true(wake.empty);
	t.deepEqual(wake.take(), nothing);
});

for (const kind of ['route', 'nexthop'] as const) {
	for (const gone of [false, true]) {
		test(`a ${kind} that ${gone ? 'goes' : 'comes'} refreshes the routes, and no link`, (t) => {
			const wake = new WakeSet();
			t.true(wake.ring({kind, deleted: gone}, 0));
			t.false(wake.empty);
			t.deepEqual(wake.take(), {...nothing, routes: true});
		});
	}
}

for (const kind of ['link', 'address'] as const) {
	test(`an event of kind ${kind} refreshes that interface and the routes, because the kernel drops them without an event`, (t) => {
		const rung = {...doorbell, addresses: kind === 'address'};
		t.deepEqual(ring(linkEvent(v0, {kind})).take(), {...nothing, links: new Map([[4, rung]]), routes: true});
	});
}

test('any number of events leads to one look', (t) => {
	const events = Array.from({length: 100}, () => [linkEvent(v0), routeEvent, linkEvent(v0, {kind: 'address'})]).flat();
	const wake = ring(...events);
	t.deepEqual(wake.take(), {...nothing, links: new Map([[4, {...doorbell, addresses: true}]]), routes: true});
	t.true(wake.empty);
	t.deepEqual(wake.take(), nothing);
});

test('an address that is removed is no deletion of its link', (t) => {
	t.deepEqual(ring(linkEvent(v0, {kind: 'address', deleted: true})).take().links, new Map([[4, {...doorbell, addresses: true}]]));
});

test('a link with an event after its deletion event is another link', (t) => {
	t.deepEqual(ring(deleted, linkEvent(w0)).take().links, new Map([[4, {name: 'w0', deleted: false, addresses: false, reborn: true}]]));
});

test('a deletion line alone does not make a link another one, because it may be forged', (t) => {
	t.deepEqual(ring(deleted).take().links, new Map([[4, {...doorbell, deleted: true}]]));
	t.false(
		ring(deleted, linkEvent(v0, {kind: 'address'}))
			.take()
			.links.get(4)?.reborn,
	);
	t.false(
		ring(deleted, linkEvent(v0, {bridgePort: true}))
			.take()
			.links.get(4)?.reborn,
	);
});

test('a creation event after the look that found the link still makes it another link', (t) => {
	const wake = ring(deleted);
	t.false(wake.take().links.get(4)?.reborn);
	wake.ring(linkEvent(v0), 15_000);
	t.true(wake.take().links.get(4)?.reborn);
	wake.ring(linkEvent(v0), 15_001);
	t.false(wake.take().links.get(4)?.reborn, 'once');
});

test('a deletion event that looks have contradicted for a minute is forgotten', (t) => {
	const wake = ring(deleted);
	wake.ring(linkEvent(v0), 60_001);
	t.false(wake.take().links.get(4)?.reborn);
});

test('a deletion that a look has confirmed does not make another link of the next one with that index', (t) => {
	const wake = ring(deleted);
	wake.take();
	wake.vanished(4, 0);
	wake.ring(linkEvent(v0), 1);
	t.false(wake.take().links.get(4)?.reborn);
	wake.ring(deleted, 2);
	wake.ring(linkEvent(v0), 2);
	t.true(wake.take().links.get(4)?.reborn, 'nor does it hide the next deletion');
});

test('a port that leaves its bridge is not deleted, whatever the line says', (t) => {
	t.deepEqual(ring(linkEvent(v0, {deleted: true, bridgePort: true})).take().links, new Map([[4, doorbell]]));
	const after = ring(deleted, linkEvent(v0, {deleted: true, bridgePort: true})).take().links;
	t.true(after.get(4)?.deleted, 'nor does it undo a deletion');
});

test('the name of a link event goes before that of an address event, which may be stale', (t) => {
	t.is(
		ring(linkEvent(w0), linkEvent(v0, {kind: 'address'}))
			.take()
			.links.get(4)?.name,
		'w0',
	);
	t.is(
		ring(linkEvent(v0, {kind: 'address'}), linkEvent(w0))
			.take()
			.links.get(4)?.name,
		'w0',
	);
});

test('the event of a deletion that a look has already found changes nothing', (t) => {
	const wake = new WakeSet();
	wake.vanished(4, 0);
	wake.ring(deleted, 1000);
	wake.ring(linkEvent(v0), 1000);
	t.deepEqual(wake.take().links, new Map([[4, doorbell]]));
	wake.ring(deleted, 1001);
	wake.ring(linkEvent(v0), 1001);
	t.true(wake.take().links.get(4)?.reborn, 'the next one is of another link');
});

test('a deletion event long after the look is about another link', (t) => {
	const wake = new WakeSet();
	wake.vanished(4, 0);
	wake.ring(deleted, 2001);
	wake.ring(linkEvent(v0), 2001);
	t.true(wake.take().links.get(4)?.reborn);
});

test('a deletion event during the look that finds the deletion counts once', (t) => {
	const wake = ring(deleted, linkEvent(v0));
	wake.vanished(4, 0);
	t.false(wake.take().links.get(4)?.reborn);
});

test('after a loss every deletion counts as one that no look has found', (t) => {
	const wake = new WakeSet();
	wake.vanished(4, 0);
	wake.ringAll(true);
	wake.ring(deleted, 1);
	wake.ring(linkEvent(v0), 1);
	t.deepEqual(wake.take(), {
		...nothing,
		all: true,
		namesStale: true,
		discontinuous: true,
		routes: true,
		links: new Map([[4, {...doorbell, reborn: true}]]),
	});
});

test('what a look failed to read is put back, and newer events take precedence', (t) => {
	const wake = ring(deleted, routeEvent);
	const failed = wake.take();
	wake.ring(linkEvent(w0), 0);
	wake.restore(failed);
	t.deepEqual(wake.take(), {...nothing, routes: true, links: new Map([[4, {name: 'w0', deleted: false, addresses: false, reborn: true}]])});
	wake.restore({...nothing, all: true, discontinuous: true, reborn: new Set([7])});
	t.deepEqual(wake.take(), {...nothing, all: true, discontinuous: true, reborn: new Set([7])});
});

test('whether an event was about addresses is remembered until a look has read them', (t) => {
	const wake = ring(linkEvent(v0, {kind: 'address'}), linkEvent(v0));
	const taken = wake.take();
	t.true(taken.links.get(4)?.addresses);
	wake.ring(linkEvent(v0), 0);
	wake.restore(taken);
	t.true(wake.take().links.get(4)?.addresses);
	wake.ring(linkEvent(v0), 0);
	t.false(wake.take().links.get(4)?.addresses);
});

test('only a look at everything learns that events were missed', (t) => {
	const wake = ring(linkEvent(v0));
	wake.leave([], true);
	t.false(wake.take().discontinuous);
	wake.ringAll(false);
	t.true(wake.take().discontinuous);
	wake.ringAll(false);
	t.false(wake.take().discontinuous, 'once');
});

test('names that a look has learnt may be old ones if it found a deletion before its event, and not if it began after that', (t) => {
	for (const [before, during, isStale] of [
		[[], [], true],
		[[], [deleted, linkEvent(w0)], true],
		[[deleted], [], false],
	] as const) {
		const wake = ring(...before);
		wake.take();
		for (const event of during) wake.ring(event, 0);
		wake.vanished(4, 0);
		t.is(wake.take().namesStale, isStale);
	}
});

test('after a look has found a rename before its event, the routes are read again', (t) => {
	const wake = new WakeSet();
	wake.ringNames();
	t.deepEqual(wake.take(), {...nothing, routes: true, namesStale: true});
});
