import test from 'ava';
import {checkWatchOptions} from '../../src/options/watch-options.js';

test('a recording is bounded, as --record-size or NETMON_RECORD_SIZE says', (t) => {
	t.deepEqual(checkWatchOptions({record: 'FILE', 'record-size': '2MB'}, {}).record, {path: 'FILE', sizeBytes: 2_000_000});
	t.deepEqual(checkWatchOptions({}, {NETMON_RECORD: 'FILE', NETMON_RECORD_SIZE: '1GB'}).record, {path: 'FILE', sizeBytes: 1_000_000_000});
});

for (const [option, variable] of [
	['record', 'NETMON_RECORD'],
	['journal', 'NETMON_JOURNAL'],
] as const) {
	test(`a wrong --${option}-size is a usage error that names the option, or the variable where it comes from there`, (t) => {
		for (const [size, mistake] of [
			['much', 'is not a size: "much"'],
			['10kB', 'is less than 1MB'],
		] as const) {
			t.throws(() => checkWatchOptions({[option]: 'x', [`${option}-size`]: size}, {}), {message: `--${option}-size ${mistake}`});
			t.throws(() => checkWatchOptions({}, {[variable]: 'x', [`${variable}_SIZE`]: size}), {message: `${variable}_SIZE ${mistake}`});
		}
	});
}

test('a journal of less than a minute is a usage error that names the option or the variable', (t) => {
	t.throws(() => checkWatchOptions({journal: 'x', 'journal-age': '59s'}, {}), {message: '--journal-age is less than 1m'});
	t.throws(() => checkWatchOptions({journal: 'x'}, {NETMON_JOURNAL_AGE: '59s'}), {message: 'NETMON_JOURNAL_AGE is less than 1m'});
});
