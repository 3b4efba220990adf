import test from 'ava';
import {checkWatchOptions} from '../../src/options/watch-options.js';

test('a recording is bounded, as --record-size or NETMON_RECORD_SIZE says', (t) => {
	t.deepEqual(checkWatchOptions({record: 'FILE', 'record-size': '2MB'}, {}).record, {path: 'FILE', sizeBytes: 2_000_000});
	t.deepEqual(checkWatchOptions({}, {NETMON_RECORD: 'FILE', NETMON_RECORD_SIZE: '1GB'}).record, {path: 'FILE', sizeBytes: 1_000_000_000});
	for (const [size, message] of [
		['much', '--record-size is not a size: "much"'],
		['10kB', '--record-size is less than 1MB'],
	] as const)
		t.throws(() => checkWatchOptions({record: 'FILE', 'record-size': size}, {}), {message});
});
