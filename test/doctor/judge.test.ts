import test from 'ava';
import {
	judgeBatch,
	judgeHelpers,
	judgeMonitor,
	judgeNode,
	judgePrivileges,
	judgeRuntime,
	judgeStateDirectory,
} from '../../src/doctor/judge.js';
import {ok, warn} from '../../src/model/finding.js';
import {canRun, findingLines, findingsJson} from '../../src/report/findings.js';

for (const [version, level] of [
	['v20.19.0', 'ok'],
	['v20.18.3', 'fail'],
	['v18.20.8', 'fail'],
	['v22.0.0', 'ok'],
	['v100.1.0', 'ok'],
] as const) {
	test(`Node ${version}: ${level}`, (t) => t.is(judgeNode(version).level, level));
}

const status = (hex: string) => `Name:\tnode\nCapPrm:\tffffffffffffffff\nCapEff:\t${hex}\nCapBnd:\t000001ffffffffff\n`;

for (const [what, hex, own, level, detail] of [
	['all capabilities', '000001ffffffffff', true, 'ok', 'CAP_SYS_ADMIN and CAP_NET_ADMIN'],
	[
		'no capability, its own namespace',
		'0000000000000000',
		true,
		'warn',
		"without CAP_SYS_ADMIN and CAP_NET_ADMIN only netmon's own namespace can be watched",
	],
	[
		'no capability, another namespace',
		'0000000000000000',
		false,
		'warn',
		'without CAP_SYS_ADMIN and CAP_NET_ADMIN netmon cannot enter another namespace',
	],
	['CAP_SYS_ADMIN alone', '0000000000200000', false, 'warn', 'without CAP_NET_ADMIN the kernel may refuse the changes of a runtime'],
	['CAP_NET_ADMIN alone', '0000000000001000', true, 'warn', "without CAP_SYS_ADMIN only netmon's own namespace can be watched"],
] as const) {
	test(`privileges: ${what}`, (t) => {
		t.like(judgePrivileges(status(hex), own), {level, detail});
	});
}

test('privileges that /proc does not tell are a warning', (t) => {
	t.is(judgePrivileges(undefined, true).level, 'warn');
	t.is(judgePrivileges('Name:\tnode\n', true).level, 'warn');
});

test('a missing nsenter is a failure only where another namespace is asked for', (t) => {
	t.deepEqual(
		judgeHelpers('/usr/bin/setpriv', undefined, undefined, true).map(({level}) => level),
		['ok', 'warn'],
	);
	t.deepEqual(
		judgeHelpers(undefined, undefined, undefined, false).map(({level}) => level),
		['warn', 'fail'],
	);
});

test('a state directory that cannot be written is a failure only where a runtime is to be called', (t) => {
	const directory = {path: '/a/b', existing: '/a', writable: false, freeBytes: undefined};
	t.is(judgeStateDirectory(directory, true).level, 'fail');
	t.is(judgeStateDirectory(directory, false).level, 'warn');
	t.is(judgeStateDirectory({...directory, writable: true, freeBytes: 4096}, true).level, 'fail');
	t.is(judgeStateDirectory({...directory, writable: true, freeBytes: 1e9}, true).detail, '/a/b, will be created in /a');
});

test('what is not ok has an advice', (t) => {
	const findings = [
		judgeBatch(false),
		judgeMonitor({outcome: 'assumed'}),
		judgeMonitor({outcome: 'ended', reason: 'x'}),
		judgeMonitor({outcome: 'ready', ms: 3, socketSeen: false}),
		judgeRuntime({why: '"x" is not an executable program: it is not in PATH'}),
		judgeNode('v1.0.0'),
		judgePrivileges(undefined, true),
	];
	for (const {level, advice, what} of findings) {
		t.not(level, 'ok', what);
		t.regex(advice ?? '', /\.$/, what);
	}
});

test('a finding is one line, whatever it holds', (t) => {
	const findings = [ok('ip', 'a\u001b[1m'), warn('namespace', 'two\n lines', 'Mend it.')];
	t.is(findingLines(findings), 'ok    ip         a\\x1b[1m\nwarn  namespace  two lines. Mend it.\n');
	t.true(canRun(findings));
	t.deepEqual(JSON.parse(findingsJson(findings)), {usable: true, findings});
});
