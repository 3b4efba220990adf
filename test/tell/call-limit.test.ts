import test from 'ava';
import type {Call, CallOutcome} from '../../src/model/call.js';
import {CallLimit} from '../../src/tell/call-limit.js';
import {HeldClock} from '../helpers/held-clock.js';

const call: Call = {op: 'add-iface', payload: '{}'};

/** Consumers under one limit. The test decides when their calls end. */
class Calls {
	readonly clock = new HeldClock();
	running = 0;
	readonly #ends: (() => void)[] = [];
	readonly #limit: CallLimit;

	constructor(most: number) {
		this.#limit = new CallLimit(most, this.clock);
	}

	consumer() {
		return this.#limit.limited({
			tell: () =>
				new Promise<CallOutcome>((resolve) => {
					this.running += 1;
					this.#ends.push(() => {
						this.running -= 1;
						resolve({ok: true});
					});
				}),
			close: async () => undefined,
		});
	}

	/** Ends the oldest call. */
	async end(): Promise<void> {
		this.#ends.shift()?.();
		await this.clock.pass(0);
	}
}

test('of several consumers only so many calls run at once', async (t) => {
	const calls = new Calls(2);
	const told = Array.from({length: 5}, () => calls.consumer().tell(call));
	const running = [];
	for (let n = 0; n < 5; n += 1) {
		await calls.clock.pass(0);
		running.push(calls.running);
		await calls.end();
	}
	t.deepEqual(running, [2, 2, 2, 2, 1]);
	t.true((await Promise.all(told)).every(({ok}) => ok));
});

test('one that is closed while it waits is not called any more, and does not wait either', async (t) => {
	const calls = new Calls(1);
	const [first, second] = [calls.consumer(), calls.consumer()];
	const told = first.tell(call);
	const never = second.tell(call);
	await second.close(0);
	t.like(await never, {ok: false, reason: 'netmon ends', started: false});
	await calls.end();
	t.deepEqual(await told, {ok: true, waitedMs: 0});
	t.is(calls.running, 0);
});

test('calls that hang hold up the others for two seconds at most', async (t) => {
	const calls = new Calls(1);
	void calls.consumer().tell(call);
	const told = calls.consumer().tell(call);
	await calls.clock.pass(1999);
	t.is(calls.running, 1);
	await calls.clock.pass(1);
	t.is(calls.running, 2);
	await calls.end();
	await calls.end();
	t.deepEqual(await told, {ok: true, waitedMs: 2000});
});
