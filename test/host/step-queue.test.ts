import test from 'ava';
import {StepQueue} from '../../src/host/step-queue.js';

/** A queue whose turns the test makes, and what was done in it. */
function makeQueue() {
	const done: string[] = [];
	const faults: unknown[] = [];
	let goOn: (() => void) | undefined;
	const output = {behind: false};
	const queue = new StepQueue(
		{
			behind: () => output.behind,
			later(_, call) {
				goOn = call;
			},
		},
		(error) => faults.push(error),
	);
	return {
		output,
		queue,
		done,
		faults,
		/** A work of so many steps. */
		work(name: string, steps: number) {
			let step = 0;
			return () => {
				step += 1;
				done.push(`${name}${step}`);
				return step === steps;
			};
		},
		turn() {
			const call = goOn;
			goOn = undefined;
			call?.();
			return call !== undefined;
		},
	};
}

test('what is small is done at once, and asks for no later turn', (t) => {
	const {queue, done, work, turn} = makeQueue();
	queue.do(work('a', 3));
	queue.once(() => done.push('b'));
	t.deepEqual(done, ['a1', 'a2', 'a3', 'b']);
	t.true(queue.empty);
	t.false(turn());
});

test('what is large is done in several turns, and what comes meanwhile follows in order', (t) => {
	const {queue, done, work, turn} = makeQueue();
	queue.do(work('a', 1000));
	t.true(done.length < 1000, 'others get a turn');
	queue.once(() => done.push('b'));
	t.false(done.includes('b'));
	let turns = 0;
	while (turn()) turns += 1;
	t.deepEqual(done, [...Array.from({length: 1000}, (_, index) => `a${index + 1}`), 'b']);
	t.true(turns >= 3);
	t.true(queue.empty);
});

test('finish() does everything at once, and the turn that was asked for finds nothing', (t) => {
	const {queue, done, work, turn} = makeQueue();
	queue.do(work('a', 1000));
	queue.do(work('b', 1000));
	queue.finish();
	t.is(done.length, 2000);
	turn();
	t.is(done.length, 2000);
});

test('it waits for an output that is behind, as long as that may catch up', (t) => {
	const {queue, done, output, work, turn} = makeQueue();
	queue.do(work('a', 1000));
	output.behind = true;
	turn();
	const before = done.length;
	for (let waits = 0; waits < 100; waits += 1) t.true(turn());
	t.is(done.length, before);
	output.behind = false;
	while (turn());
	t.is(done.length, 1000);
});

test('it does not wait for an output whose reader is stalled for ever', (t) => {
	const {queue, done, output, work, turn} = makeQueue();
	output.behind = true;
	queue.do(work('a', 100_000));
	let turns = 0;
	while (turn()) turns += 1;
	t.is(done.length, 100_000);
	t.true(turns < 2000);
});

test('a work that fails is given up, and the next one is done', (t) => {
	const {queue, done, faults} = makeQueue();
	queue.do(() => {
		throw new Error('a fault');
	});
	queue.once(() => done.push('b'));
	t.deepEqual(faults, [new Error('a fault')]);
	t.deepEqual(done, ['b']);
});

test('without later turns everything is done at once', (t) => {
	const done: number[] = [];
	const queue = new StepQueue(undefined, () => t.fail());
	queue.do(() => done.push(done.length) === 1000);
	t.is(done.length, 1000);
});
