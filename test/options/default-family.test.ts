import test from 'ava';
import {checkDiffOptions} from '../../src/options/diff-options.js';
import {checkDoctorOptions} from '../../src/options/doctor-options.js';
import {checkWhyOptions} from '../../src/options/inside-options.js';
import {checkLogOptions} from '../../src/options/log-options.js';
import {
	diffOptions,
	doctorOptions,
	logOptions,
	snapshotOptions,
	waitOptions,
	watchOptions,
	whyOptions,
} from '../../src/options/option-table.js';
import {checkSnapshotOptions} from '../../src/options/snapshot-options.js';
import {checkWaitOptions} from '../../src/options/wait-options.js';
import {checkWatchOptions} from '../../src/options/watch-options.js';

const now = new Date();

for (const [command, {family}, families] of [
	['diff', diffOptions, checkDiffOptions(['a', 'b'], {}, {}, now).families],
	['doctor', doctorOptions, checkDoctorOptions({}, {}).families],
	['log', logOptions, checkLogOptions({}, {}, now).choice.families],
	['snapshot', snapshotOptions, checkSnapshotOptions({}, {}).families],
	['wait', waitOptions, checkWaitOptions({}, {}, ['up:eth0']).families],
	['watch', watchOptions, checkWatchOptions({}, {}).families],
	['why', whyOptions, checkWhyOptions({}, undefined, {}).families],
] as const) {
	test(`the help of ${command} names the family that counts by default`, (t) => {
		const [, named] = /; default (\w+)/.exec(family.summary) ?? [];
		t.deepEqual(families, named === 'all' ? ['inet', 'inet6'] : [named]);
	});
}

test('with a runtime, and with --payload, it is inet, as the help says', (t) => {
	t.deepEqual(checkWatchOptions({runtime: '/bin/true'}, {}).families, ['inet']);
	t.regex(watchOptions.family.summary, /, with a runtime inet$/);
	t.deepEqual(checkSnapshotOptions({payload: true}, {}).families, ['inet']);
	t.regex(snapshotOptions.family.summary, /, with --payload inet$/);
});
