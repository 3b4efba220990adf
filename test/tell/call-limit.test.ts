import test from 'ava';
import type {Call, CallOutcome} from '../../src/model/call.js';
import {CallLimit} from '../../src/tell/call-limit.js';

const call: Call = {op: 'add-iface', payload: '{}'};

test('of several consumers only so many calls run at once; one that is closed leaves the others alone', async (t) => {
	const limit = new CallLimit(2);
	let running = 0;
	let most = 0;
	const ends: (() => void)[] = [];
	const consumer = () =>
		limit.limited({
			tell: () =>
				new Promise<CallOutcome>((resolve) => {
					running += 1;
					most = Math.max(most, running);
					ends.push(() => {
						running -= 1;
						resolve({ok: true});
					});
				}),
			close: async () => undefined,
		});
	const consumers = [consumer(), consumer(), consumer(), consumer()];
	const told = consumers.map((each) => each.tell(call));
	await consumers[2]?.close(0);
	while (ends.length > 0 || running > 0) {
		ends.shift()?.();
		await new Promise((resolve) => setImmediate(resolve));
	}
	t.is(most, 2);
	t.deepEqual(
		(await Promise.all(told)).map(({ok}) => ok),
		[true, true, false, true],
	);
});
