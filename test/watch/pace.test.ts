import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import {firstTable} from '../../src/diff/first-table.js';
import type {Family} from '../../src/model/link.js';
import type {Route} from '../../src/model/route.js';
import type {Dump} from '../../src/probe/read/dump.js';
import {restAfter} from '../../src/watch/pace.js';
import {Watcher} from '../../src/watch/watcher.js';
import {HeldClock} from '../helpers/held-clock.js';
import {RecordingLog} from '../helpers/recording-log.js';
import {loopback, makeLink, makeRoute} from '../helpers/records.js';
import {linkEvent, routeEvent, ScriptedProbe} from '../helpers/scripted-probe.js';

/** Answers with the routes that were there when the question came, as late as the kernel may. */
class LateProbe extends ScriptedProbe {
	override async readRoutes(family: Family): Promise<Dump<Route>> {
		const seen = this.routes;
		return {...(await super.readRoutes(family)), entries: seen};
	}
}

/** A watcher whose looks take so long. Each line is about a route of its own. */
async function start(lookMs: number) {
	const clock = new HeldClock();
	const probe = new LateProbe(clock);
	probe.links = [loopback, makeLink(4)];
	/** When each route was added, and how long after that it was reported. */
	const delays = new Map<string, number>();
	const handlers = {
		onPicture: (_: unknown, delta: {routes: ReadonlyMap<Family, {added: readonly Route[]}>}) => {
			for (const {added} of delta.routes.values()) {
				for (const {dst} of added) delays.set(dst, clock.now() - Number(dst));
			}
		},
		onLines: () => undefined,
		onLoss: () => undefined,
		onMissed: () => undefined,
		announced: () => new Map<string, string>(),
		firstTable: ({seen}: {seen: Parameters<typeof firstTable>[0]}, now: number) => firstTable(seen, now),
		onFault: assert.fail,
	};
	const options = {families: ['inet' as const], pollIntervalMs: 1e9, firstSerial: 0, asksForAll: false, bareFrom: 100};
	const watcher = new Watcher(probe, clock, new RecordingLog(), options, handlers);
	const started = watcher.start();
	await clock.pass(0);
	await started;
	probe.answerMs = lookMs;
	probe.takeAsked();
	let added = 0;
	return {
		clock,
		probe,
		delays,
		/** A route comes, and so many lines at once. Its destination is the time. */
		add(lines = 1) {
			added += 1;
			probe.routes = [...probe.routes, makeRoute(String(clock.now() + added / 1e6))];
			probe.monitor.tell(...Array.from({length: lines}, () => routeEvent));
		},
		looks: () => probe.takeAsked().filter((question) => question.startsWith('routes')).length,
		longest: () => Math.max(...delays.values()),
		complete: () => delays.size === added,
	};
}

test('whatever the sequence of lines, each change is reported within 2 s or three looks of its line, and one after calm at once', async (t) => {
	const gaps = fc
		.constantFrom(20, 60, 300)
		.chain((max) => fc.array(fc.integer({min: 0, max}), {minLength: 1, maxLength: 150, size: 'max'}));
	const lines = fc.array(fc.constantFrom(1, 60, 300), {minLength: 150, maxLength: 150});
	/** Every so many moments, a line is about a link. */
	const linkEvery = fc.constantFrom(7, 40, undefined);
	await fc.assert(
		fc.asyncProperty(fc.constantFrom(0, 2, 20, 150, 400, 900), gaps, lines, linkEvery, async (lookMs, sequence, counts, every) => {
			const story = await start(lookMs);
			for (const [index, gapMs] of sequence.entries()) {
				await story.clock.pass(gapMs);
				story.add(counts[index]);
				if (every !== undefined && index % every === 6) story.probe.monitor.tell(linkEvent(makeLink(4)));
			}
			await story.clock.pass(10_000);
			assert.ok(story.complete());
			// A line of a link makes a look read the link first.
			const limit = Math.max(2000, 3 * lookMs) + (every === undefined ? 0 : 2 * lookMs) + 1;
			assert.ok(story.longest() <= limit, `${story.longest()} ms`);
			story.delays.clear();
			story.add();
			await story.clock.pass(10_000);
			assert.ok(story.longest() <= lookMs + 1, `${story.longest()} ms after calm`);
		}),
		{numRuns: 60},
	);
	t.pass();
});

test('a storm of 2.5 seconds leads to four looks, and its last change is reported soon', async (t) => {
	const lookMs = 100;
	const story = await start(lookMs);
	for (let ms = 0; ms < 2500; ms += 5) {
		story.add(50);
		await story.clock.pass(5);
	}
	await story.clock.pass(5000);
	t.true(story.complete());
	t.is(story.looks(), 4, 'at once, twice after a rest of 900 ms, and when it is over');
	t.true((story.delays.get([...story.delays.keys()].at(-1) ?? '') ?? 0) <= lookMs + 50);
});

test('a line about a link ends a long rest', async (t) => {
	const story = await start(200);
	for (let ms = 0; ms < 500; ms += 5) {
		story.add(50);
		await story.clock.pass(5);
	}
	t.deepEqual(story.probe.takeAsked(), ['routes inet']);
	story.probe.monitor.tell(linkEvent(makeLink(4)));
	await story.clock.pass(0);
	t.deepEqual(story.probe.takeAsked(), ['link v4']);
});

test('without a storm, a rest is half as long as the look, and none after a short look', (t) => {
	t.deepEqual(restAfter(3, 50), {shortMs: 0, mostMs: 0, calmMs: 0});
	t.deepEqual(restAfter(80, 50), {shortMs: 40, mostMs: 40, calmMs: 40});
});
