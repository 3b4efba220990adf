import test from 'ava';
import prometheus from 'prom-client';
import type {Event} from '../../src/model/event.js';
import {CountedMetrics} from '../../src/report/counted-metrics.js';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 26, 12, minute)).toISOString();

const happened = (netns: string, minute: number, event: 'namespace-found' | 'namespace-gone'): Event => ({
	v: 1,
	time: at(minute),
	seq: 1,
	netns,
	event,
});

const missed = (netns: string, minute: number): Event => ({v: 1, time: at(minute), seq: 1, netns, event: 'missed', count: 1});

const called = (netns: string, minute: number): Event => ({
	...{v: 1, time: at(minute), seq: 1, netns, event: 'call', op: 'add-iface'},
	...{ok: true, attempt: 1, duration_ms: 5, payload: {}},
});

test('the series of a namespace go ten minutes after it has gone, unless its name has come back', async (t) => {
	const registry = new prometheus.Registry();
	const metrics = new CountedMetrics(
		prometheus,
		registry,
		() => '',
		() => [],
	);
	const seriesOf = async (netns: string) =>
		(await registry.metrics()).split('\n').filter((line) => line.includes(`netns="${netns}"`)).length;
	for (const netns of ['old', 'back', 'stays']) for (const event of [missed(netns, 0), called(netns, 0)]) metrics.take(event);
	const [before] = [await seriesOf('old')];
	t.true(before > 10, 'a counter of each and the buckets of a histogram');
	metrics.take(happened('old', 1, 'namespace-gone'));
	metrics.take(happened('back', 1, 'namespace-gone'));
	metrics.take(happened('back', 2, 'namespace-found'));
	metrics.take(happened('other', 5, 'namespace-gone'));
	t.is(await seriesOf('old'), before, 'the last values can still be scraped');
	metrics.take(happened('another', 12, 'namespace-gone'));
	await new Promise((resolve) => setImmediate(resolve));
	t.is(await seriesOf('old'), 0);
	t.is(await seriesOf('back'), before);
	t.is(await seriesOf('stays'), before);
});
