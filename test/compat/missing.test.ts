import {chmodSync, existsSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {childrenOf, monitorOf} from '../faults/processes.js';
import {makeNamespace, namespaceTest, namespaceTestIf, type TestNamespace} from '../helpers/namespace.js';
import {programCommand, Running, runToEnd, testIp} from '../helpers/netmon.js';
import {RecordingRuntime} from '../helpers/runtime.js';
import {vethPair} from '../helpers/story.js';
import {waitFor} from '../helpers/wait.js';
import {asNobody, whyNot, whyNotNobody} from './without.js';

/** Runs a program after a shell script, with private mounts. */
const withMounts = (script: string, [file, args]: readonly [string, readonly string[]]): [string, string[]] => [
	'unshare',
	['--mount', '/bin/sh', '-ec', `${script}\nexec "$@"`, 'sh', file, ...args],
];

/** A watch with a runtime, started in the namespace by that command line. */
function start(
	t: ExecutionContext<unknown>,
	namespace: TestNamespace,
	wrap: (command: readonly [string, readonly string[]]) => readonly [string, readonly string[]],
) {
	const runtime = new RecordingRuntime();
	// Every user that it runs as has to write there.
	chmodSync(runtime.folder, 0o777);
	const own = ['watch', '-s', 'sb1', '-r', runtime.path, '--state-dir', runtime.stateDir, '--log-level', 'info', '--interval', '300ms'];
	const netmon = new Running(namespace.command(...wrap(programCommand('netmon', own))), testIp);
	t.teardown(() => {
		netmon.child.kill('SIGKILL');
		runtime.close();
	});
	return {netmon, runtime};
}

/** An interface with a route comes and goes, and the runtime is told. */
async function tellsAll(namespace: TestNamespace, runtime: RecordingRuntime): Promise<void> {
	namespace.batch([...vethPair('v0', '10.1.0.2/24'), 'route add 10.9.0.0/16 via 10.1.0.1']);
	await runtime.until('v0 and its route', (calls) => calls.some(({op, text}) => op === 'update-routes' && text.includes('10.9.0.0/16')));
	namespace.ip('link del v0');
	await runtime.until(
		'its end',
		(calls) => calls.some(({op, text}) => op === 'del-iface' && text.includes('10.1.0.2')) && calls.at(-1)?.text === '[]',
	);
}

const noSetpriv = 'mount --bind /dev/null /usr/bin/setpriv';

namespaceTestIf(whyNot(noSetpriv), 'without setpriv it tells the same, and no ip outlives its SIGKILL', async (t, namespace) => {
	const {netmon, runtime} = start(t, namespace, (command) => withMounts(noSetpriv, command));
	await netmon.watching();
	await tellsAll(namespace, runtime);
	netmon.child.kill('SIGKILL');
	await netmon.exited;
	await waitFor('the end of its children', () => namespace.processes().length === 0);
	t.pass();
});

namespaceTestIf(whyNot('true'), 'without /proc/PID/net/netlink it tells the same', async (t, namespace) => {
	const {netmon, runtime} = start(t, namespace, (command) => withMounts('true', command));
	await netmon.watching();
	const file = `/proc/${await monitorOf(netmon)}/net/netlink`;
	const [nsenter, args] = namespace.command('nsenter', [`--mount=/proc/${netmon.pid}/ns/mnt`, 'mount', '--bind', '/dev/null', file]);
	t.is((await runToEnd([nsenter, args])).stderr, '');
	await tellsAll(namespace, runtime);
	t.is(await netmon.stop(), 0);
});

const noProc = 'mount -t tmpfs none /proc';

namespaceTestIf(whyNot(noProc), 'without /proc it ends with 2 and says that /proc is missing', async (t, namespace) => {
	const {code, stderr} = await runToEnd(namespace.command(...withMounts(noProc, programCommand('netmon', ['watch']))));
	t.is(code, 2, stderr);
	t.regex(stderr, /^Error: cannot see the own network namespace \(\/proc\/self\/ns\/net\): .*\nMount \/proc/);
});

const hidepid = 'mount -t proc -o hidepid=2 proc /proc';
const inPidNamespace = (command: readonly [string, readonly string[]]): [string, string[]] => [
	'unshare',
	['--mount', '--pid', '--fork', '/bin/sh', '-ec', `${hidepid}\nexec "$@"`, 'sh', ...[command[0], ...command[1]]],
];

namespaceTestIf(
	whyNotNobody ?? whyNot(hidepid, ['--pid', '--fork']),
	'where /proc hides the processes of others (hidepid) it tells the same, as an ordinary user',
	async (t, namespace) => {
		const {netmon, runtime} = start(t, namespace, (command) => inPidNamespace(asNobody(command)));
		await netmon.watching();
		t.notRegex(netmon.stderr, /cannot see whether the monitor is ready/);
		await tellsAll(namespace, runtime);
		// netmon itself is the first process of its pid namespace.
		for (const pid of childrenOf(netmon.pid, /watch/)) process.kill(pid, 'SIGTERM');
		t.is(await netmon.exited, 0);
	},
);

const withoutAdmin = (command: readonly [string, readonly string[]]): [string, string[]] => [
	'setpriv',
	['--bounding-set=-sys_admin,-net_admin', '--inh-caps=-sys_admin,-net_admin', command[0], ...command[1]],
];

namespaceTest('without CAP_SYS_ADMIN and CAP_NET_ADMIN it watches its own namespace, and doctor warns', async (t, namespace) => {
	const {netmon, runtime} = start(t, namespace, withoutAdmin);
	await netmon.watching();
	await tellsAll(namespace, runtime);
	t.is(await netmon.stop(), 0);
	const {code, stdout} = await runToEnd(namespace.command(...withoutAdmin(programCommand('netmon', ['doctor']))), testIp);
	t.is(code, 0, stdout);
	t.regex(stdout, /^warn {2}privileges +without CAP_SYS_ADMIN and CAP_NET_ADMIN only netmon's own namespace can be watched\./m);
});

namespaceTest('without CAP_SYS_ADMIN another namespace ends it with 2, and with the reason', async (t, namespace) => {
	const other = await makeNamespace(namespace);
	t.teardown(() => other.close());
	for (const subcommand of ['watch', 'snapshot', 'doctor']) {
		const command = programCommand('netmon', [subcommand, '--netns', String(other.pid)]);
		const {code, stdout, stderr} = await runToEnd(namespace.command(...withoutAdmin(command)), testIp);
		t.is(code, 2, subcommand);
		t.regex(stdout + stderr, /not permitted|permission denied/i, subcommand);
	}
});

namespaceTestIf(whyNotNobody, 'as nobody it calls a runtime for its own namespace, and takes snapshots', async (t, namespace) => {
	const {netmon, runtime} = start(t, namespace, asNobody);
	await netmon.watching();
	await tellsAll(namespace, runtime);
	t.is(await netmon.stop(), 0);
	t.true(existsSync(join(runtime.stateDir, 'sb1', 'announced.json')));
	const {code, stdout, stderr} = await runToEnd(namespace.command(...asNobody(programCommand('netmon', ['snapshot', '--json']))), testIp);
	t.is(code, 0, stderr);
	t.true(JSON.parse(stdout).interfaces.length > 0);
});

namespaceTestIf(whyNotNobody, 'as nobody it observes, and the default state directory is what doctor warns of', async (t, namespace) => {
	const netmon = new Running(namespace.command(...asNobody(programCommand('netmon', ['watch', '--log-level', 'info']))), testIp);
	t.teardown(() => netmon.child.kill('SIGKILL'));
	await netmon.watching();
	namespace.batch(vethPair('v0', '10.1.0.2/24'));
	await waitFor('v0', () => netmon.stdout.includes('v0') && netmon.stdout.includes('10.1.0.2'));
	t.is(await netmon.stop(), 0);
	const {code, stdout} = await runToEnd(namespace.command(...asNobody(programCommand('netmon', ['doctor']))), testIp);
	t.is(code, 0, stdout);
	t.regex(stdout, /^warn {2}state-dir +.*: this user cannot write to .*\. Choose another directory with --state-dir PATH/m);
});

namespaceTestIf(whyNotNobody, 'as nobody under unshare -rn it does all of that too', async (t) => {
	const inside = (args: readonly string[]) => runToEnd(asNobody(['unshare', ['-rn', ...programCommand('netmon', args).flat()]]), testIp);
	const snapshot = await inside(['snapshot', '--json']);
	t.is(snapshot.code, 0, snapshot.stderr);
	t.deepEqual(
		JSON.parse(snapshot.stdout).interfaces.map(({ifname}: {ifname: string}) => ifname),
		['lo'],
	);
	const doctor = await inside(['doctor', '--state-dir', '/tmp']);
	t.is(doctor.code, 0, doctor.stdout);
	t.regex(doctor.stdout, /^ok {4}monitor/m);
});
