import test from 'ava';
import {Causes} from '../../src/diff/causes.js';
import type {Draft} from '../../src/diff/draft.js';
import {eventsOf} from '../../src/diff/events.js';
import {firstTable} from '../../src/diff/first-table.js';
import type {Family} from '../../src/model/link.js';
import type {MonitorEvent} from '../../src/probe/monitor/monitor-line.js';
import {Watcher} from '../../src/watch/watcher.js';
import {HeldClock} from '../helpers/held-clock.js';
import {RecordingLog} from '../helpers/recording-log.js';
import {inet6, loopback, makeLink, makeRoute} from '../helpers/records.js';
import {linkEvent, routeEvent, ScriptedProbe} from '../helpers/scripted-probe.js';

interface Setting {
	readonly families?: readonly Family[];
	readonly pollIntervalMs?: number;
	readonly bareFrom?: number;
}

function make({families = ['inet'], pollIntervalMs = 30_000, bareFrom = 100}: Setting = {}) {
	const clock = new HeldClock();
	const probe = new ScriptedProbe(clock);
	probe.links = [loopback, makeLink(4)];
	probe.routes = [makeRoute('10.9.0.0/16')];
	const log = new RecordingLog();
	const changes: string[] = [];
	const heard: MonitorEvent[] = [];
	const losses: string[] = [];
	const missed: number[] = [];
	const causes = new Causes();
	let pictures = 0;
	const faults: unknown[] = [];
	const watcher = new Watcher(
		probe,
		clock,
		log,
		{families, pollIntervalMs, firstSerial: 0, asksForAll: false, bareFrom},
		{
			onPicture: (_, delta, look) => {
				pictures += 1;
				// No events report the addresses that come and go with their interface.
				const come = delta.links.filter(({before, after}) => before?.incarnation !== after?.incarnation).map(({ifindex}) => ifindex);
				const events = [...eventsOf(delta, look, causes)].filter(({body}) => !('address' in body && come.includes(body.ifindex)));
				changes.push(...events.map(describe));
			},
			onLines: (lines) => heard.push(...lines),
			onLoss: (reason) => losses.push(reason),
			onMissed: (count) => missed.push(count),
			announced: () => new Map(),
			firstTable: ({seen}, now) => firstTable(seen, now),
			onFault: (error) => faults.push(error),
		},
	);
	const known = (ifindex: number) => watcher.picture.table.get(ifindex)?.link;
	return {clock, probe, log, watcher, faults, changes, heard, losses, missed, known, pictures: () => pictures};
}

function describe({body}: Draft): string {
	const subject = 'interface' in body ? body.interface.ifname : 'address' in body ? body.address.local : body.route.dst;
	return `${body.event.replace(/^.*-/, '')} ${subject}`;
}

/** Starts it, and forgets the questions and findings of the start. */
async function makeStarted(...args: Parameters<typeof make>) {
	const context = make(...args);
	const started = context.watcher.start();
	await context.clock.pass(0);
	await started;
	context.probe.takeAsked();
	context.probe.fullReads.length = 0;
	context.changes.length = 0;
	return context;
}

const warnings = (log: RecordingLog) => log.lines.filter(({level}) => level === 'warn').map(({message}) => message);

test('nothing is read before the subscription is known to work', async (t) => {
	const {clock, probe, watcher, changes} = make();
	probe.monitorsStart = 'held';
	const started = watcher.start();
	await clock.pass(3000);
	t.deepEqual(probe.takeAsked(), ['monitor']);
	probe.monitor.becomeReady();
	await started;
	t.deepEqual(probe.takeAsked(), ['links', 'routes inet']);
	t.deepEqual(changes, ['found lo', 'found v4', 'found 10.9.0.0/16']);
});

test('a change between the subscription and the first picture is reported once', async (t) => {
	const {clock, probe, watcher, changes} = make();
	probe.answerMs = 10;
	const started = watcher.start();
	await clock.pass(5);
	probe.monitor.tell(linkEvent(makeLink(4)), routeEvent);
	await clock.pass(100);
	await started;
	t.deepEqual(probe.takeAsked(), ['monitor', 'links', 'routes inet', 'link v4', 'routes inet']);
	t.deepEqual(changes, ['found lo', 'found v4', 'found 10.9.0.0/16']);
});

test('the first picture is read while the check runs, and counts only when that has succeeded', async (t) => {
	const {clock, probe, watcher, changes} = make();
	let succeed: () => void = () => undefined;
	const checked = new Promise<void>((resolve) => {
		succeed = resolve;
	});
	const started = watcher.start(() => checked);
	await clock.pass(100);
	t.deepEqual(probe.takeAsked(), ['monitor', 'links', 'routes inet']);
	t.deepEqual([watcher.picture.table.size, changes], [0, []]);
	succeed();
	await started;
	t.deepEqual(changes, ['found lo', 'found v4', 'found 10.9.0.0/16']);
});

test('where the check fails and nothing can be read either, the check says why, and nothing is logged', async (t) => {
	const {clock, probe, log, watcher} = make();
	probe.failing = true;
	const started = watcher.start(async () => {
		await new Promise<void>((resolve) => clock.after(50, resolve));
		throw new Error('this ip is too old');
	});
	started.catch(() => undefined);
	await clock.pass(1000);
	await t.throwsAsync(started, {message: 'this ip is too old'});
	t.deepEqual(warnings(log), []);
});

test('the first picture is tried six times with back-off, and then the error is reported', async (t) => {
	const {clock, probe, log, watcher} = make();
	probe.failing = true;
	const started = watcher.start();
	started.catch(() => undefined);
	await clock.pass(10_000);
	await t.throwsAsync(started, {name: 'SnapshotError', message: 'links: failed on purpose'});
	t.deepEqual(probe.fullReads, [0, 100, 300, 700, 1500, 3100]);
	t.is(warnings(log).length, 5, 'the last one is what start() rejects with');
});

test('an interrupted dump is no first picture', async (t) => {
	const {clock, probe, watcher, changes} = make();
	probe.interrupted = true;
	const started = watcher.start();
	await clock.pass(200);
	t.deepEqual(changes, []);
	probe.interrupted = false;
	await clock.pass(1000);
	await started;
	t.deepEqual(changes, ['found lo', 'found v4', 'found 10.9.0.0/16']);
});

test('an event of a link reads that link and the routes; one of a route the routes; one of another table nothing', async (t) => {
	const {clock, probe} = await makeStarted();
	probe.monitor.tell(linkEvent(makeLink(4)));
	await clock.pass(0);
	t.deepEqual(probe.takeAsked(), ['link v4', 'routes inet']);
	probe.monitor.tell(routeEvent);
	await clock.pass(0);
	t.deepEqual(probe.takeAsked(), ['routes inet']);
	probe.monitor.tell({...routeEvent, table: '100'});
	await clock.pass(1000);
	t.deepEqual(probe.takeAsked(), []);
});

test('with few links, their addresses are read at each event too', async (t) => {
	const {clock, probe} = await makeStarted({bareFrom: 3});
	probe.monitor.tell(linkEvent(makeLink(4)));
	await clock.pass(0);
	t.deepEqual(probe.takeAsked(), ['link v4', 'routes inet']);
});

test('with many links, a link keeps its addresses if no event was about them', async (t) => {
	const {clock, probe, changes, known} = await makeStarted({bareFrom: 2});
	// As if the event of the address were still on its way.
	probe.links = [loopback, makeLink(4, {mtu: 1400, addr_info: []})];
	probe.monitor.tell(linkEvent(makeLink(4)));
	await clock.pass(0);
	t.deepEqual(probe.takeAsked(), ['bare link v4', 'routes inet']);
	t.deepEqual(known(4), makeLink(4, {mtu: 1400}));
	probe.monitor.tell(linkEvent(makeLink(4), {kind: 'address', deleted: true}), linkEvent(makeLink(4)));
	await clock.pass(0);
	t.deepEqual(probe.takeAsked(), ['link v4', 'routes inet']);
	t.deepEqual(known(4)?.addr_info, []);
	t.deepEqual(changes, ['changed v4', 'removed 10.4.0.2']);
});

const v4 = makeLink(4);

/** Cases in which a link with known addresses is still read in full: the link then, the event, and the question. */
const inFull = {
	'one that is new': {now: makeLink(5), events: [linkEvent(makeLink(5))], asked: ['link v5']},
	'one with another hardware address': {
		now: makeLink(4, {address: '02:00:00:00:00:99'}),
		events: [linkEvent(v4)],
		asked: ['bare link v4', 'link v4'],
	},
	'one of another kind': {now: makeLink(4, {link_kind: 'bridge'}), events: [linkEvent(v4)], asked: ['bare link v4', 'link v4']},
	'one that was deleted and made again': {now: v4, events: [linkEvent(v4, {deleted: true}), linkEvent(v4)], asked: ['link v4']},
	'one that is renamed': {now: makeLink(4, {ifname: 'w4'}), events: [linkEvent({ifindex: 4, ifname: 'w4'})], asked: ['link w4']},
	'one whose name has another index': {
		now: makeLink(6, {ifname: 'v4'}),
		events: [linkEvent(v4)],
		asked: ['bare link v4', 'link v4', 'links'],
	},
} as const;

for (const [what, {now, events, asked}] of Object.entries(inFull)) {
	test(`with many links, ${what} is read with its addresses`, async (t) => {
		const {clock, probe, known} = await makeStarted({bareFrom: 2});
		probe.links = [loopback, now];
		probe.monitor.tell(...events);
		await clock.pass(0);
		t.deepEqual(probe.takeAsked(), [...asked, 'routes inet']);
		t.deepEqual(known(now.ifindex), now);
	});
}

test('with many links, one that goes down is read with its IPv6 addresses, which become tentative without an event of their own', async (t) => {
	const {clock, probe, known} = await makeStarted({bareFrom: 2});
	const address = inet6('fd00::2');
	probe.links = [loopback, makeLink(4, {addr_info: [address]})];
	probe.monitor.tell(linkEvent(v4, {kind: 'address'}));
	await clock.pass(0);
	const down = makeLink(4, {flags: ['BROADCAST', 'MULTICAST'], addr_info: [{...address, tentative: true}]});
	probe.links = [loopback, down];
	probe.monitor.tell(linkEvent(v4));
	await clock.pass(0);
	t.deepEqual(known(4), down);
});

test('with many links, an `ip` that cannot show a link without its addresses is asked for all of it', async (t) => {
	const {clock, probe, log, known} = await makeStarted({bareFrom: 2});
	probe.refusesBare = true;
	probe.links = [loopback, makeLink(4, {mtu: 1400})];
	probe.monitor.tell(linkEvent(v4));
	await clock.pass(0);
	t.deepEqual(probe.takeAsked(), ['bare link v4', 'link v4', 'routes inet']);
	t.is(known(4)?.mtu, 1400);
	t.deepEqual(warnings(log), []);
});

test('the routes of every family that counts are read', async (t) => {
	const {clock, probe} = await makeStarted({families: ['inet', 'inet6']});
	probe.monitor.tell(routeEvent);
	await clock.pass(0);
	t.deepEqual(probe.takeAsked(), ['routes inet', 'routes inet6']);
});

test('however many events come while a look runs, one more look follows', async (t) => {
	const {clock, probe, changes} = await makeStarted();
	probe.answerMs = 20;
	probe.monitor.tell(routeEvent);
	for (let at = 0; at < 20; at += 1) {
		await clock.pass(1);
		probe.routes = [...probe.routes, makeRoute(`10.8.${at}.0/24`)];
		probe.monitor.tell(routeEvent);
	}
	await clock.pass(1000);
	t.deepEqual(probe.takeAsked(), ['routes inet', 'routes inet']);
	t.is(changes.length, 20);
});

test('every interval everything is read again', async (t) => {
	const {clock, probe} = await makeStarted();
	await clock.pass(29_999);
	t.deepEqual(probe.takeAsked(), []);
	await clock.pass(1);
	t.deepEqual(probe.takeAsked(), ['links', 'routes inet']);
	await clock.pass(90_000);
	t.deepEqual(probe.fullReads, [30_000, 60_000, 90_000, 120_000]);
});

for (const [chance, expected] of [
	[0, 22_500],
	[0.25, 26_250],
	[0.75, 33_750],
] as const) {
	test(`the interval has jitter: with ${chance} as chance it is ${expected} ms`, async (t) => {
		const context = make();
		context.clock.chance = chance;
		const started = context.watcher.start();
		await context.clock.pass(0);
		await started;
		await context.clock.pass(70_000);
		t.deepEqual(context.probe.fullReads.slice(1, 3), [expected, 2 * expected]);
	});
}

test('after a machine has slept for a day everything is read once, not once for each interval', async (t) => {
	const {clock, probe} = await makeStarted();
	await clock.sleep(86_400_000);
	t.deepEqual(probe.takeAsked(), ['links', 'routes inet']);
	await clock.pass(29_999);
	t.deepEqual(probe.takeAsked(), []);
});

test('without a monitor everything is read each second, and with one again each interval', async (t) => {
	const {clock, probe, changes} = await makeStarted();
	probe.monitorsStart = 'dead';
	probe.monitor.end();
	await clock.pass(0);
	const from = clock.now();
	probe.routes = [];
	await clock.pass(5000);
	t.deepEqual(
		probe.fullReads.map((at) => at - from),
		[1000, 2000, 3000, 4000, 5000],
	);
	t.deepEqual(changes, ['removed 10.9.0.0/16']);
	probe.monitorsStart = 'ready';
	await clock.pass(20_000);
	probe.fullReads.length = 0;
	await clock.pass(60_000);
	t.is(probe.fullReads.length, 2);
});

test('an interval below a second is not made longer by the lack of a monitor', async (t) => {
	const {clock, probe} = await makeStarted({pollIntervalMs: 200});
	probe.monitorsStart = 'dead';
	probe.monitor.end();
	await clock.pass(1000);
	t.is(probe.fullReads.length, 5);
});

test('when a monitor comes back, everything is read at once', async (t) => {
	const {clock, probe, changes} = await makeStarted();
	probe.monitor.end();
	probe.links = [loopback];
	probe.routes = [];
	await clock.pass(50);
	t.deepEqual(probe.takeAsked(), ['monitor', 'links', 'routes inet']);
	t.deepEqual(changes, ['removed v4', 'removed 10.9.0.0/16']);
});

test('a change that the poll finds and no event reported is counted and logged, and the monitor is replaced', async (t) => {
	const {clock, probe, log, watcher, changes} = await makeStarted();
	probe.routes = [];
	await clock.pass(30_000);
	t.deepEqual(changes, ['removed 10.9.0.0/16']);
	t.is(watcher.driftCount, 0);
	await clock.pass(250);
	t.is(watcher.driftCount, 1);
	t.deepEqual(warnings(log), ['the poll found changes that no event had reported', 'monitor is replaced']);
	t.is(probe.monitors.length, 2);
	t.true(watcher.monitorUp);
});

test('a change that an event reported is no drift, though the poll reads it too', async (t) => {
	const {clock, probe, log, watcher} = await makeStarted();
	await clock.pass(29_999);
	probe.answerMs = 5;
	probe.routes = [];
	probe.monitor.tell(routeEvent);
	await clock.pass(10_000);
	t.is(watcher.driftCount, 0);
	t.deepEqual(warnings(log), []);
});

test('while questions fail the last snapshot is kept, and they are retried with back-off', async (t) => {
	const {clock, probe, log, watcher, changes, pictures} = await makeStarted();
	const before = pictures();
	probe.failing = true;
	probe.links = [loopback];
	const from = clock.now();
	probe.monitor.tell(linkEvent(makeLink(4), {deleted: true}));
	await clock.pass(25_000);
	t.deepEqual(
		probe.linkReads.map((at) => at - from),
		[0, 100, 300, 700, 1500, 3100, 6300, 11_300, 16_300, 21_300],
	);
	t.is(pictures(), before);
	t.deepEqual([...watcher.picture.table.keys()], [1, 4]);
	t.deepEqual(changes, []);
	t.true(warnings(log).every((message) => message === 'cannot read the namespace, keeping the last snapshot'));
	probe.failing = false;
	await clock.pass(5000);
	t.deepEqual(changes, ['removed v4']);
});

test('events do not shorten a back-off, and are not lost in it', async (t) => {
	const {clock, probe, changes} = await makeStarted();
	probe.failing = true;
	probe.monitor.tell(routeEvent);
	await clock.pass(50);
	t.deepEqual(probe.takeAsked(), ['routes inet']);
	probe.links = [loopback, makeLink(4), makeLink(5)];
	for (let at = 0; at < 40; at += 1) {
		probe.monitor.tell(linkEvent(makeLink(5)));
		await clock.pass(1);
	}
	t.deepEqual(probe.takeAsked(), []);
	probe.failing = false;
	await clock.pass(100);
	t.deepEqual(changes, ['added v5']);
});

test('a success after failures resets the back-off', async (t) => {
	const {clock, probe} = await makeStarted();
	for (const round of ['first', 'second']) {
		probe.failing = true;
		probe.monitor.tell(routeEvent);
		await clock.pass(750);
		t.deepEqual(probe.takeAsked(), ['routes inet', 'routes inet', 'routes inet', 'routes inet'], round);
		probe.failing = false;
		await clock.pass(1000);
		probe.takeAsked();
	}
});

test('a loss leads to a full read at once, and at most once a second', async (t) => {
	const {clock, probe, log} = await makeStarted();
	await clock.pass(5000);
	const from = clock.now();
	for (let at = 0; at < 250; at += 1) {
		probe.monitor.lose('No buffer space available');
		await clock.pass(10);
	}
	t.deepEqual(
		probe.fullReads.map((at) => at - from),
		[0, 1000, 2000],
	);
	await clock.pass(5000);
	t.is(probe.fullReads.length, 4, 'and once after the last');
	t.deepEqual(new Set(warnings(log)), new Set(['events may have been lost, everything is read again']));
});

test('an interrupted dump never shows that something is gone, and is retried with back-off', async (t) => {
	const {clock, probe, changes} = await makeStarted();
	probe.interrupted = true;
	probe.monitor.lose('a test');
	await clock.pass(20_000);
	t.deepEqual(changes, []);
	t.true(probe.fullReads.length < 3 * 12, `${probe.fullReads.length} reads`);
	probe.interrupted = false;
	await clock.pass(6000);
	t.deepEqual(changes, []);
	probe.links = [loopback];
	probe.routes = [];
	probe.monitor.tell(linkEvent(makeLink(4), {deleted: true}));
	await clock.pass(0);
	t.deepEqual(changes, ['removed v4', 'removed 10.9.0.0/16']);
});

test('an interrupted dump shows no link as gone, even if the answer about that link is interrupted too', async (t) => {
	const {clock, probe, changes} = await makeStarted();
	probe.interrupted = true;
	probe.interruptedSingles = true;
	probe.monitor.lose('a test');
	await clock.pass(5000);
	t.deepEqual(changes, []);
	probe.links = [loopback];
	probe.interruptedSingles = false;
	await clock.pass(10_000);
	t.deepEqual(changes, ['removed v4']);
});

test('after an end that comes while a link is read, the routes are not read', async (t) => {
	const {clock, probe, watcher, changes} = await makeStarted();
	probe.answerMs = 10;
	probe.links = [loopback];
	probe.monitor.tell(linkEvent(makeLink(4), {deleted: true}));
	await clock.pass(5);
	watcher.stop();
	await clock.pass(1000);
	t.deepEqual(probe.takeAsked(), ['link if4']);
	t.deepEqual(changes, []);
});

test('after the end nothing is read, whatever comes', async (t) => {
	const {clock, probe, watcher, changes} = await makeStarted();
	probe.answerMs = 10;
	probe.monitor.tell(routeEvent);
	probe.routes = [];
	await clock.pass(5);
	watcher.stop();
	await clock.pass(5);
	probe.takeAsked();
	probe.monitor.tell(routeEvent, linkEvent(makeLink(4)));
	probe.monitor.lose('a test');
	probe.monitor.end();
	await clock.pass(100_000);
	t.deepEqual(probe.takeAsked(), []);
	t.deepEqual(changes, []);
	t.true(probe.monitor.closed);
});

test('a new link with an @ in its name, which looks like a name and a parent, is asked for by index; once known, by its name', async (t) => {
	const {clock, probe, changes} = await makeStarted();
	const named = {ifindex: 5, ifname: 'a@b'};
	const told = {...linkEvent({ifindex: 5, ifname: 'a'}), written: 'a@b'};
	probe.links = [...probe.links, makeLink(5, named)];
	probe.monitor.tell(told);
	await clock.pass(0);
	t.deepEqual(probe.takeAsked(), ['link a', 'link if5', 'routes inet']);
	probe.links = [...probe.links.slice(0, -1), makeLink(5, {...named, mtu: 1400})];
	probe.monitor.tell(told);
	await clock.pass(0);
	t.deepEqual(probe.takeAsked(), ['link a@b', 'routes inet']);
	t.deepEqual(changes, ['added a@b', 'changed a@b']);
});

test('a line that says that a living link is deleted changes nothing, whatever name it has; its next line makes it another', async (t) => {
	const {clock, probe, changes} = await makeStarted();
	for (const ifname of ['v4', 'nope', 'lo']) {
		probe.monitor.tell(linkEvent({ifindex: 4, ifname}, {deleted: true}));
		await clock.pass(0);
	}
	t.deepEqual(changes, []);
	probe.monitor.tell(linkEvent(makeLink(4)));
	await clock.pass(0);
	t.deepEqual(changes, ['removed v4', 'added v4']);
});

for (const [when, ahead] of [
	['as its look began', 1],
	['after it', 0],
] as const) {
	test(`rule 4: a look that shows another kind of link replaces it once, where the deletion was announced ${when}`, async (t) => {
		const {clock, probe, changes} = await makeStarted();
		const lines = [linkEvent(makeLink(4), {deleted: true}), linkEvent({ifindex: 4, ifname: 'w4'})];
		probe.links = [loopback, makeLink(4, {ifname: 'w4', link_kind: 'bridge'})];
		for (const line of ahead === 0 ? [linkEvent(makeLink(4)), ...lines] : lines) {
			probe.monitor.tell(line);
			await clock.pass(10);
		}
		t.deepEqual(changes, ['removed v4', 'added w4']);
	});
}

test('when a bridge is renamed, its ports have the new name as their master, though no line is about them', async (t) => {
	const {clock, probe, known} = await makeStarted();
	const port = makeLink(5, {master: 'v4'});
	probe.links = [loopback, makeLink(4), port];
	probe.monitor.tell(linkEvent(port));
	await clock.pass(0);
	probe.links = [loopback, makeLink(4, {ifname: 'w4'}), {...port, master: 'w4'}];
	probe.monitor.tell(linkEvent({ifindex: 4, ifname: 'w4'}));
	await clock.pass(0);
	t.is(known(5)?.master, 'w4');
	probe.takeAsked();
	probe.links = [loopback, makeLink(4, {ifname: 'w4'}), {...port, ifname: 'w5', master: 'w4'}];
	probe.monitor.tell(linkEvent({ifindex: 5, ifname: 'w5'}));
	await clock.pass(0);
	t.deepEqual(probe.takeAsked(), ['link w5', 'routes inet'], 'any other rename costs no full read');
});

/** Whether the watcher has settled since this was called. */
function whenSettled({watcher}: Awaited<ReturnType<typeof makeStarted>>): () => boolean {
	let settled = false;
	void watcher.settled().then(() => {
		settled = true;
	});
	return () => settled;
}

test('story 4: it has settled when no line about a link waits, because a route is read by the name of that moment', async (t) => {
	const context = await makeStarted();
	const {clock, probe} = context;
	probe.answerMs = 10;
	t.true(await context.watcher.settled().then(() => true), 'at once if nothing is read');
	probe.monitor.tell(linkEvent(v4));
	const isSettled = whenSettled(context);
	await clock.pass(15);
	probe.monitor.tell(linkEvent(v4));
	await clock.pass(10);
	t.false(isSettled(), 'the routes may have been read after a rename');
	await clock.pass(30);
	t.true(isSettled());
});

test('it has settled after one look where only routes change, and after a few where links change all the time', async (t) => {
	for (const [event, mostMs] of [
		[routeEvent, 15],
		[linkEvent(v4), 150],
	] as const) {
		const context = await makeStarted();
		const {clock, probe} = context;
		probe.answerMs = 10;
		probe.monitor.tell(event);
		const isSettled = whenSettled(context);
		for (let passed = 0; passed < mostMs; passed += 5) {
			await clock.pass(5);
			probe.monitor.tell(event);
		}
		t.true(isSettled());
	}
});

test('nobody waits for a look after the end, or for one that has to be repeated', async (t) => {
	const stopped = await makeStarted();
	stopped.probe.answerMs = 10;
	stopped.probe.monitor.tell(linkEvent(v4));
	const isSettled = whenSettled(stopped);
	stopped.watcher.stop();
	await stopped.clock.pass(0);
	t.true(isSettled());

	const failing = await makeStarted();
	failing.probe.failing = true;
	failing.probe.monitor.tell(linkEvent(v4));
	await failing.clock.pass(0);
	const isGivenUp = whenSettled(failing);
	await failing.clock.pass(0);
	t.true(isGivenUp());
});
