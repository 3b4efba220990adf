import test from 'ava';
import fc from 'fast-check';
import {parseDuration} from '../../src/text/duration.js';

for (const [text, ms] of [
	['250ms', 250],
	['2s', 2000],
	['5m', 300_000],
	['1h', 3_600_000],
	['7d', 604_800_000],
	['0s', 0],
	['0', 0],
	['1.5s', 1500],
	['0.5ms', 1],
	['24.5m', 1_470_000],
	['007s', 7000],
	['2147483648ms', 2_147_483_648],
	['700h', 2_520_000_000],
	['9007199254740991ms', 9_007_199_254_740_991],
] as const) {
	test(`${text} is ${ms} ms`, (t) => {
		t.is(parseDuration(text), ms);
	});
}

for (const text of [
	'',
	'5',
	's',
	'5 s',
	' 5s',
	'5s ',
	'-5s',
	'+5s',
	'5S',
	'5sec',
	'.5s',
	'5.s',
	'1m30s',
	'1e3s',
	'0x5s',
	'∞s',
	'NaNms',
	'5w',
	'9007199254740992ms',
	'99999999999999999999h',
	'5s\n',
]) {
	test(`${JSON.stringify(text)} is no time`, (t) => {
		t.is(parseDuration(text), undefined);
	});
}

test('whatever is read is a time that a timer takes: whole, not negative, exact', (t) => {
	const text = fc
		.tuple(fc.oneof(fc.nat(), fc.double({min: 0, max: 1e9, noNaN: true})), fc.constantFrom('ms', 's', 'm', 'h'))
		.map((parts) => parts.join(''));
	fc.assert(
		fc.property(fc.oneof(text, fc.string()), (input) => {
			const ms = parseDuration(input);
			t.true(ms === undefined || (Number.isSafeInteger(ms) && ms >= 0));
		}),
	);
});
