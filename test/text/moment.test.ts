import test, {type ExecutionContext} from 'ava';
import {parseMoment} from '../../src/text/moment.js';

const now = new Date(2026, 10, 26, 12, 3, 4, 500);

for (const [text, expected] of [
	['-5m', new Date(2026, 10, 26, 11, 58, 4, 500)],
	['-1d', new Date(2026, 10, 25, 12, 3, 4, 500)],
	['now', now],
	['12:00', new Date(2026, 10, 26, 12, 0)],
	['12:03:04.5', now],
	['12:04', new Date(2026, 10, 25, 12, 4)],
	['9:05:06', new Date(2026, 10, 26, 9, 5, 6)],
	['2026-11-26', new Date(2026, 10, 26)],
	['2026-11-26T12:00', new Date(2026, 10, 26, 12)],
	['2026-11-26 12:00:01', new Date(2026, 10, 26, 12, 0, 1)],
	['2026-11-26T12:00:01.250Z', new Date(Date.UTC(2026, 10, 26, 12, 0, 1, 250))],
	['2026-11-26T12:00+02:00', new Date(Date.UTC(2026, 10, 26, 10))],
] as const) {
	test(`${text} is a moment`, (t) => t.deepEqual(parseMoment(text, now), expected));
}

function inBerlin(t: ExecutionContext): void {
	const zone = process.env['TZ'];
	t.teardown(() => {
		if (zone === undefined) delete process.env['TZ'];
		else process.env['TZ'] = zone;
	});
	process.env['TZ'] = 'Europe/Berlin';
}

test('a time that clocks have shown twice, as they were set back, is the last of them that has been', (t) => {
	inBerlin(t);
	const asked = (now: string) => parseMoment('02:30', new Date(now))?.toISOString();
	t.is(asked('2026-10-25T00:45:00Z'), '2026-10-25T00:30:00.000Z');
	t.is(asked('2026-10-25T01:20:00Z'), '2026-10-25T00:30:00.000Z');
	t.is(asked('2026-10-25T01:40:00Z'), '2026-10-25T01:30:00.000Z');
	t.is(asked('2026-10-25T11:00:00Z'), '2026-10-25T01:30:00.000Z');
});

test('a time that clocks have skipped, as they were set forward, is that of the day before', (t) => {
	inBerlin(t);
	const asked = (now: string) => parseMoment('02:30', new Date(now))?.toISOString();
	t.is(asked('2026-03-29T01:10:00Z'), '2026-03-28T01:30:00.000Z');
	t.is(asked('2026-03-29T11:00:00Z'), '2026-03-28T01:30:00.000Z');
	t.is(asked('2026-03-30T00:10:00Z'), '2026-03-28T01:30:00.000Z');
	t.is(asked('2026-03-30T00:40:00Z'), '2026-03-30T00:30:00.000Z');
});

for (const text of [
	...['', '-', '-5', '5m', '24:00', '12:60', '12', '2026-13-01', '2026-11-26T25:00', '1764158584', 'yesterday', '12:00Z'],
	...['2026-02-30', '2026-04-31T12:00', '2026-00-10', '2026-01-00'],
]) {
	test(`${JSON.stringify(text)} is no moment`, (t) => t.is(parseMoment(text, now), undefined));
}
