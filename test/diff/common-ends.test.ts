import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import {commonEnds} from '../../src/diff/common-ends.js';

test('the ends that two lists have in common are the longest that there are, and do not overlap', (t) => {
	const entries = ['a', 'b', 'c'].map((name) => ({name}));
	const list = fc.array(fc.constantFrom(...entries), {maxLength: 8});
	fc.assert(
		fc.property(list, list, (before, after) => {
			const {head, tail} = commonEnds(before, after);
			assert.deepEqual(before.slice(0, head), after.slice(0, head));
			assert.deepEqual(before.slice(before.length - tail), after.slice(after.length - tail));
			const most = Math.min(before.length, after.length);
			assert.ok(head + tail <= most);
			if (head + tail < most) {
				assert.notEqual(before[head], after[head]);
				assert.notEqual(before[before.length - 1 - tail], after[after.length - 1 - tail]);
			}
		}),
	);
	t.deepEqual(commonEnds(entries, entries), {head: 3, tail: 0});
});
