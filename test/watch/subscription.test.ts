import test from 'ava';
import type {MonitorEvent} from '../../src/probe/monitor/monitor-line.js';
import {Subscription} from '../../src/watch/subscription.js';
import {HeldClock} from '../helpers/held-clock.js';
import {RecordingLog} from '../helpers/recording-log.js';
import {linkEvent, ScriptedProbe} from '../helpers/scripted-probe.js';

function make() {
	const clock = new HeldClock();
	const probe = new ScriptedProbe(clock);
	const log = new RecordingLog();
	const happened: string[] = [];
	const subscription = new Subscription(probe, clock, log, {
		onEvents: (events: readonly MonitorEvent[]) => happened.push(`${events.length} events`),
		onLoss: (reason) => happened.push(`loss: ${reason}`),
		onDown: (reason) => happened.push(`down: ${reason}`),
		onUp: () => happened.push('up'),
	});
	return {clock, probe, log, subscription, happened};
}

/** How long after the end of each monitor the next one was started. */
async function restartsAfter(context: ReturnType<typeof make>, lives: readonly number[]): Promise<number[]> {
	const {clock, probe} = context;
	const waits: number[] = [];
	for (const lifeMs of lives) {
		await clock.pass(lifeMs);
		const endedAt = clock.now();
		const {length} = probe.starts;
		probe.monitor.end();
		while (probe.starts.length === length) await clock.pass(1);
		waits.push((probe.starts.at(-1) ?? 0) - endedAt);
	}
	return waits;
}

test('it is started when the monitor is ready, and not before', async (t) => {
	const {clock, probe, subscription, happened} = make();
	probe.monitorsStart = 'held';
	let started = false;
	void subscription.start().then(() => {
		started = true;
	});
	await clock.pass(1000);
	t.false(started);
	t.false(subscription.up);
	probe.monitor.becomeReady();
	await clock.pass(0);
	t.true(started);
	t.true(subscription.up);
	t.deepEqual(happened, [], 'the first one is not one that came back');
});

test('events and losses are passed on', async (t) => {
	const {probe, subscription, happened} = make();
	await subscription.start();
	probe.monitor.tell(linkEvent({ifindex: 4, ifname: 'v4'}), linkEvent({ifindex: 4, ifname: 'v4'}));
	probe.monitor.lose('no buffer space');
	t.deepEqual(happened, ['2 events', 'loss: no buffer space']);
});

test('a monitor that is assumed to be ready may have missed something', async (t) => {
	const {clock, probe, log, subscription, happened} = make();
	probe.monitorsStart = 'held';
	const started = subscription.start();
	probe.monitor.becomeReady(false);
	await started;
	await clock.pass(0);
	t.deepEqual(happened, ['up']);
	t.deepEqual(log.messages, ['cannot see whether the monitor is ready, assuming that it is']);
});

test('it is started too when the first monitor ends without ever being ready, and the next is tried', async (t) => {
	const {clock, probe, subscription, happened} = make();
	probe.monitorsStart = 'dead';
	const started = subscription.start();
	await clock.pass(0);
	await started;
	t.false(subscription.up);
	probe.monitorsStart = 'ready';
	await clock.pass(50);
	t.true(subscription.up);
	t.deepEqual(happened, ['up']);
});

test('a monitor that ends again and again is restarted with back-off, at least every ten seconds', async (t) => {
	const context = make();
	await context.subscription.start();
	const waits = await restartsAfter(
		context,
		Array.from({length: 11}, () => 100),
	);
	t.deepEqual(waits, [50, 100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000]);
	const ended = context.log.lines.filter(({message}) => message === 'monitor ended');
	t.deepEqual(ended[2]?.fields, {reason: 'killed', attempt: 3, restartInMs: 200});
	t.deepEqual(context.happened.slice(0, 4), ['down: killed', 'up', 'down: killed', 'up']);
});

test('the loss of the monitor is reported once, however many starts fail', async (t) => {
	const {clock, probe, subscription, happened} = make();
	await subscription.start();
	await clock.pass(1);
	probe.monitorsStart = 'dead';
	probe.monitor.end();
	await clock.pass(60_000);
	t.true(probe.monitors.length > 5);
	t.deepEqual(happened, ['down: killed']);
});

test('restarts have jitter, a quarter less or more', async (t) => {
	for (const [chance, expected] of [
		[0, [38, 75, 150]],
		[0.999_999, [63, 125, 250]],
	] as const) {
		const context = make();
		context.clock.chance = chance;
		await context.subscription.start();
		t.deepEqual(
			(await restartsAfter(context, [100, 100, 100])).map((wait) => Math.ceil(wait)),
			[...expected],
		);
	}
});

test('after ten seconds of calm the back-off starts again, and not before', async (t) => {
	const context = make();
	await context.subscription.start();
	t.deepEqual(await restartsAfter(context, [100, 100, 100, 9900, 10_000, 100]), [50, 100, 200, 400, 50, 100]);
});

test('a monitor whose counter of drops has grown has lost events', async (t) => {
	const {probe, subscription, happened} = make();
	await subscription.start();
	t.true(subscription.check(), 'nothing told that it misses anything');
	probe.monitor.dropped = true;
	t.false(subscription.check());
	t.deepEqual(happened, ['loss: the kernel has dropped events']);
	t.true(subscription.check());
});

test('a monitor that leaves events unread at two polls in a row, and reports none in between, is replaced: any other may be busy', async (t) => {
	const {clock, probe, log, subscription, happened} = make();
	await subscription.start();
	const [first] = probe.monitors;
	probe.monitor.unread = true;
	t.false(subscription.check());
	probe.monitor.unread = false;
	t.true(subscription.check());
	probe.monitor.unread = true;
	t.false(subscription.check());
	probe.monitor.tell(linkEvent({ifindex: 4, ifname: 'v4'}));
	t.false(subscription.check(), 'it reads, and more is coming all the time');
	t.is(probe.monitors.length, 1);
	t.false(subscription.check());
	t.is(probe.monitors.length, 2);
	t.true(first?.closed);
	await clock.pass(0);
	t.deepEqual(happened, ['1 events', 'down: it does not read its events', 'up']);
	t.deepEqual(log.messages, ['monitor is replaced']);
});

test('the end of a monitor that was replaced changes nothing', async (t) => {
	const {clock, probe, subscription, happened} = make();
	await subscription.start();
	const [first] = probe.monitors;
	subscription.renew('a test');
	await clock.pass(0);
	first?.end();
	await clock.pass(60_000);
	t.is(probe.monitors.length, 2);
	t.true(subscription.up);
	t.deepEqual(happened, ['down: a test', 'up']);
});

test('after the end no monitor is started, and the last is closed', async (t) => {
	for (const when of ['while one runs', 'while one is waited for']) {
		const {clock, probe, subscription} = make();
		await subscription.start();
		if (when !== 'while one runs') probe.monitor.end();
		subscription.stop();
		probe.monitor.end();
		subscription.renew('a test');
		await clock.pass(60_000);
		t.is(probe.monitors.length, 1, when);
		if (when === 'while one runs') t.true(probe.monitor.closed);
	}
});
