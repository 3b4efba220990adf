import test from 'ava';
import {variableOf, watchOptions} from '../../src/options/option-table.js';
import {checkWatchOptions, type WatchOptions} from '../../src/options/watch-options.js';

const defaults: WatchOptions = {
	sandbox: undefined,
	runtime: undefined,
	netns: undefined,
	families: ['inet', 'inet6'],
	ip: 'ip',
	intervalMs: 30_000,
	onChange: 'first-address',
	addressWaitMs: 100,
	profile: 'kata-1.13',
	stateDir: '/var/run/kata-containers/netmon/sbs',
	runtimeTimeoutMs: 60_000,
	output: 'human',
	record: undefined,
	journal: undefined,
	dryRun: false,
	follow: false,
	logLevel: 'warn',
	logFormat: undefined,
	syslog: false,
	metrics: undefined,
	choice: {},
	table: 'main',
	color: 'auto',
	timestamps: 'time',
	hook: undefined,
	several: undefined,
	jobs: undefined,
};

test('without anything given all options have the defaults that the help names', (t) => {
	t.deepEqual(checkWatchOptions({}, {}), defaults);
});

const rows: readonly (readonly [keyof typeof watchOptions, string, Partial<WatchOptions>])[] = [
	['sandbox', 'sb1', {sandbox: 'sb1'}],
	['runtime', '/bin/true', {runtime: '/bin/true', families: ['inet']}],
	['netns', 'web', {netns: 'web'}],
	['netns', 'web*', {several: {choice: {names: [], patterns: ['web*'], all: false}}}],
	['jobs', '3', {jobs: 3}],
	['family', 'inet', {families: ['inet']}],
	['family', 'inet6', {families: ['inet6']}],
	['family', 'all', {families: ['inet', 'inet6']}],
	['ip', '/opt/ip', {ip: '/opt/ip'}],
	['interval', '2s', {intervalMs: 2000}],
	['interval', '100ms', {intervalMs: 100}],
	['only', 'route,address', {choice: {only: ['route', 'address']}}],
	['dev', 'eth*,v?', {choice: {dev: ['eth*', 'v?']}}],
	['color', 'never', {color: 'never'}],
	['timestamps', 'full', {timestamps: 'full'}],
	['on-change', 'ignore', {onChange: 'ignore'}],
	['on-change', 'replace', {onChange: 'replace'}],
	['address-wait', '0s', {addressWaitMs: 0}],
	['profile', 'kata-1.5', {profile: 'kata-1.5'}],
	['state-dir', '/tmp/x', {stateDir: '/tmp/x'}],
	['runtime-timeout', '5m', {runtimeTimeoutMs: 300_000}],
	['output', 'ndjson', {output: 'ndjson'}],
	['record', 'FILE', {record: {path: 'FILE', sizeBytes: 256_000_000}}],
	['log-level', 'panic', {logLevel: 'panic'}],
	['log-format', 'human', {logFormat: 'human'}],
	['metrics', ':9000', {metrics: ':9000'}],
];

for (const [name, value, expected] of rows) {
	test(`--${name} ${value} is taken, from ${variableOf(name)} too`, (t) => {
		t.deepEqual(checkWatchOptions({[name]: value}, {}), {...defaults, ...expected});
		t.deepEqual(checkWatchOptions({}, {[variableOf(name)]: value}), {...defaults, ...expected});
	});
}

test('what is given goes before the environment, and that before the default; an empty variable is none', (t) => {
	t.is(checkWatchOptions({interval: '3s'}, {NETMON_INTERVAL: '4s'}).intervalMs, 3000);
	t.is(checkWatchOptions({}, {NETMON_INTERVAL: ''}).intervalMs, 30_000);
	t.is(checkWatchOptions({interval: '3s'}, {NETMON_INTERVAL: 'rubbish'}).intervalMs, 3000, 'a variable that does not count is not read');
});

test('a switch is given, or comes from a variable that does not say no', (t) => {
	t.true(checkWatchOptions({'dry-run': true}, {}).dryRun);
	for (const value of ['1', 'true', 'yes', 'TRUE']) t.true(checkWatchOptions({}, {NETMON_DRY_RUN: value}).dryRun, value);
	for (const value of ['', '0', 'false', 'no', 'FALSE', 'No']) t.false(checkWatchOptions({}, {NETMON_DRY_RUN: value}).dryRun, value);
	t.false(checkWatchOptions({'dry-run': false}, {NETMON_DRY_RUN: '1'}).dryRun);
});

const wrong: readonly (readonly [keyof typeof watchOptions, string, RegExp])[] = [
	['family', 'ipv4', / cannot be "ipv4"$/],
	['on-change', 'Replace', / cannot be "Replace"$/],
	['profile', 'kata-2', / cannot be "kata-2"$/],
	['output', 'json', / cannot be "json"$/],
	['log-level', 'verbose', / cannot be "verbose"$/],
	['log-format', 'text', / cannot be "text"$/],
	['interval', '5', / is not a time: "5"$/],
	['address-wait', 'soon', / is not a time: "soon"$/],
	['runtime-timeout', '-1s', / is not a time: "-1s"$/],
	['runtime-timeout', '0', / is 0, so every run would be killed at once$/],
];

for (const [name, value, message] of wrong) {
	test(`--${name} ${value} is a usage error that names the option, or the variable where it comes from there`, (t) => {
		const given = t.throws(() => checkWatchOptions({[name]: value}, {}), {name: 'UsageError', message});
		t.true(given?.message.startsWith(`--${name} `));
		const fromEnvironment = t.throws(() => checkWatchOptions({}, {[variableOf(name)]: value}), {name: 'UsageError', message});
		t.true(fromEnvironment?.message.startsWith(`${variableOf(name)} `));
	});
}

test('an interval below 100 ms is a usage error', (t) => {
	t.throws(() => checkWatchOptions({interval: '99ms'}, {}), {name: 'UsageError'});
});

for (const name of ['ip', 'state-dir', 'interval', 'family'] as const) {
	test(`an empty --${name} is a usage error that names it`, (t) => {
		t.throws(() => checkWatchOptions({[name]: ''}, {}), {name: 'UsageError', message: `--${name} is empty`});
	});
}

test('every option has a variable of its own', (t) => {
	const names = Object.keys(watchOptions).map(variableOf);
	t.is(new Set(names).size, names.length);
	t.is(variableOf('on-change'), 'NETMON_ON_CHANGE');
	for (const name of names) t.regex(name, /^NETMON_[A-Z_]+$/);
});
