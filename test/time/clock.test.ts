import test, {type ExecutionContext} from 'ava';
import {systemClock} from '../../src/time/clock.js';

// Story 37: a timer of 596 hours overflowed to 1 ms.

const longestMs = 2 ** 31 - 1;

/** Replaces Node's timers, which take at most 2^31 - 1 ms. The test decides when time passes. */
function holdTimers(t: ExecutionContext<unknown>) {
	const real = {setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout};
	t.teardown(() => Object.assign(globalThis, real));
	let now = 0;
	let next: {at: number; call: () => void} | undefined;
	Object.assign(globalThis, {
		setTimeout(call: () => void, delayMs: number) {
			const timer = {at: now + (delayMs > longestMs ? 1 : delayMs), call};
			next = timer;
			return timer;
		},
		clearTimeout(timer: unknown) {
			if (timer === next) next = undefined;
		},
	});
	return {
		pass(ms: number) {
			const until = now + ms;
			while (next !== undefined && next.at <= until) {
				const {at, call} = next;
				next = undefined;
				now = at;
				call();
			}
			now = until;
		},
		get pending() {
			return next !== undefined;
		},
	};
}

for (const delayMs of [longestMs, longestMs + 1, 31 * 24 * 3_600_000, 5 * longestMs + 7]) {
	test.serial(`a call after ${delayMs} ms comes then, and not before`, (t) => {
		const timers = holdTimers(t);
		let calls = 0;
		systemClock.after(delayMs, () => {
			calls += 1;
		});
		timers.pass(delayMs - 1);
		t.is(calls, 0);
		timers.pass(1);
		t.is(calls, 1);
		t.false(timers.pending);
	});
}

test.serial('a call after a month can be cancelled at once, and after 25 days', (t) => {
	for (const waitMs of [0, 25 * 24 * 3_600_000]) {
		const timers = holdTimers(t);
		const cancel = systemClock.after(31 * 24 * 3_600_000, () => t.fail());
		timers.pass(waitMs);
		cancel();
		t.false(timers.pending);
	}
});

test('a delay of nothing is over in the same turn of the event loop, and can be cancelled', async (t) => {
	const calls: string[] = [];
	systemClock.after(0, () => calls.push('called'));
	systemClock.after(0, () => calls.push('cancelled'))();
	await new Promise((resolve) => setImmediate(resolve));
	t.deepEqual(calls, ['called']);
});
