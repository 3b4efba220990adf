import test from 'ava';
import {checkLogOptions} from '../../src/options/log-options.js';

const asked = (since: string, until: string, now: string) => {
	const options = checkLogOptions({since, until}, {}, new Date(now));
	return [options.since, options.until].map((at) => at?.getTime());
};
const at = (...texts: readonly string[]) => texts.map((text) => new Date(text).getTime());

test('--until with a time of the clock that is still to come is that of the same hours as --since', (t) => {
	t.deepEqual(asked('11:55', '12:05', '2026-11-27T11:58'), at('2026-11-27T11:55', '2026-11-27T12:05'));
	t.deepEqual(asked('23:55', '00:05', '2026-11-27T23:58'), at('2026-11-27T23:55', '2026-11-28T00:05'));
	t.deepEqual(asked('23:55', '00:05', '2026-11-28T00:02'), at('2026-11-27T23:55', '2026-11-28T00:05'));
	t.deepEqual(asked('11:55', '12:05', '2026-11-27T12:30'), at('2026-11-27T11:55', '2026-11-27T12:05'));
	t.deepEqual(asked('-3d', '12:05', '2026-11-27T11:58'), at('2026-11-24T11:58', '2026-11-26T12:05'));
});

test('--since and --until the wrong way round are a mistake', (t) => {
	const message = '--since is later than --until';
	t.throws(() => asked('12:10', '12:05', '2026-11-27T12:30'), {message});
	t.throws(() => asked('-1m', '-5m', '2026-11-27T12:30'), {message});
});
