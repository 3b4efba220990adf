import test from 'ava';
import {Backoff} from '../../src/time/backoff.js';
import {HeldClock} from '../helpers/held-clock.js';

function make(limits = {baseMs: 200, capMs: 30_000}): {clock: HeldClock; backoff: Backoff} {
	const clock = new HeldClock();
	return {clock, backoff: new Backoff(clock, limits)};
}

test('each failure in a row is held back twice as long, up to the cap', (t) => {
	const {backoff} = make();
	const delays = Array.from({length: 12}, () => backoff.fail('v0', 'a'));
	t.deepEqual(delays, [200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, 30_000, 30_000]);
});

test('a thousand failures in a row are held back no longer than the cap', (t) => {
	const {backoff} = make();
	for (let tries = 0; tries < 1000; tries += 1) backoff.fail('v0', 'a');
	t.is(backoff.fail('v0', 'a'), 30_000);
});

test('jitter makes it up to a quarter less or more', (t) => {
	const {clock, backoff} = make();
	clock.chance = 0;
	t.is(backoff.fail('v0', 'a'), 150);
	clock.chance = 0.999_999;
	t.true(Math.abs(backoff.fail('w0', 'a') - 250) < 0.01);
});

test('it is ready when the time is over', async (t) => {
	const {clock, backoff} = make();
	await clock.pass(1000);
	backoff.fail('v0', 'a');
	t.is(backoff.readyAt('v0', 'a'), 1200);
	t.is(backoff.attempt('v0', 'a'), 2);
});

test('a success resets it', (t) => {
	const {backoff} = make();
	for (let tries = 0; tries < 5; tries += 1) backoff.fail('v0', 'a');
	backoff.succeed('v0');
	t.false(backoff.holds('v0'));
	t.is(backoff.readyAt('v0', 'a'), Number.NEGATIVE_INFINITY);
	t.is(backoff.attempt('v0', 'a'), 1);
	t.is(backoff.fail('v0', 'a'), 200);
});

test('another subject is tried soon, and counts from 1 again', async (t) => {
	const {clock, backoff} = make();
	for (let tries = 0; tries < 8; tries += 1) backoff.fail('v0', 'a');
	t.is(backoff.readyAt('v0', 'a'), 25_600);
	t.is(backoff.readyAt('v0', 'b'), 200, 'the base after the failure');
	t.is(backoff.attempt('v0', 'b'), 1);
	await clock.pass(1000);
	t.is(backoff.fail('v0', 'b'), 200);
});

test('what changes all the time is not tried more often than the base', (t) => {
	const {clock, backoff} = make();
	for (let tries = 0; tries < 8; tries += 1) {
		backoff.fail('v0', `${tries}`);
		t.true(backoff.readyAt('v0', `${tries + 1}`) >= clock.now() + 200);
	}
});

test('one that fails does not hold back another', (t) => {
	const {backoff} = make();
	for (let tries = 0; tries < 5; tries += 1) backoff.fail('v0', 'a');
	t.is(backoff.readyAt('w0', 'a'), Number.NEGATIVE_INFINITY);
	t.is(backoff.fail('w0', 'a'), 200);
});

test('keys that are not tried any more are forgotten', (t) => {
	const {backoff} = make();
	for (const key of ['v0', 'w0', 'x0']) backoff.fail(key, 'a');
	backoff.retain(new Set(['w0']));
	t.deepEqual(
		['v0', 'w0', 'x0'].map((key) => backoff.holds(key)),
		[false, true, false],
	);
});
