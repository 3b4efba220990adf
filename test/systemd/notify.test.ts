import {chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {findProgram} from '../../src/process/find-program.js';
import {makeMounts} from '../faults/mounts.js';
import {childrenOf, isAlive} from '../faults/processes.js';
import {StandIn} from '../faults/stand-in.js';
import {Datagrams, whyNoDatagrams} from '../helpers/datagrams.js';
import {RecordingHook} from '../helpers/hook.js';
import {namespaceTestIf, type TestNamespace} from '../helpers/namespace.js';
import {programCommand, Running, root, testIp} from '../helpers/netmon.js';
import {RecordingRuntime, scratchFolder} from '../helpers/runtime.js';
import {waitFor} from '../helpers/wait.js';

const notifyProgram = findProgram('systemd-notify', process.env['PATH'] ?? '');
const why = notifyProgram === undefined ? 'there is no systemd-notify here (package systemd)' : whyNoDatagrams;

type Variables = Readonly<Record<string, string>>;

/** Starts `netmon watch` as a service whose notify socket is the given one. */
function startService(
	t: ExecutionContext<unknown>,
	namespace: Pick<TestNamespace, 'command'>,
	args: readonly string[],
	env: Variables,
): Running {
	const [file, rest] = programCommand('netmon', ['watch', '--output', 'ndjson', '--log-format', 'json', ...args]);
	const netmon = new Running(namespace.command(file, rest), {...testIp, SYSTEMD_EXEC_PID: '', ...env});
	t.teardown(() => void netmon.child.kill('SIGKILL'));
	return netmon;
}

namespaceTestIf(
	why,
	'systemd is told that netmon is ready once the first picture is there, who netmon is, what it watches, and that it ends',
	async (t, namespace) => {
		const systemd = await Datagrams.open(t);
		const ip = new StandIn(t, 'ip-with-hook');
		// Nothing is shown before the test says so.
		ip.write('hook', 'while [ ! -e "$dir/open" ]; do sleep 0.02; done');
		const netmon = startService(t, namespace, [], {...ip.env, NOTIFY_SOCKET: systemd.path, WATCHDOG_USEC: '200000'});
		await waitFor('a question', () => ip.lines('questions').length > 0);
		await waitFor('pings, which come after all that was told before', () => systemd.notices.length > 1);
		t.deepEqual(
			systemd.notices.filter((fields) => !fields.includes('WATCHDOG=1')),
			[],
		);
		ip.write('open', '');
		const [main, ...fields] = await systemd.notice('READY=1');
		t.is(main, `MAINPID=${netmon.pid}`);
		t.true(fields.includes('STATUS=Watching this namespace: 1 interface, 0 routes'), fields.join(' '));
		t.true(netmon.stdout.includes('"event":"ready"'));
		t.is(await netmon.stop(), 0, netmon.stderr);
		await systemd.notice('STOPPING=1');
		t.is(netmon.stderr, '');
	},
);

namespaceTestIf(
	why,
	'pings come at half of WATCHDOG_USEC, with a status that has changed, and end where the event loop hangs',
	async (t, namespace) => {
		const [healthy, hanging] = [await Datagrams.open(t), await Datagrams.open(t)];
		const env = (systemd: Datagrams) => ({NOTIFY_SOCKET: systemd.path, WATCHDOG_USEC: '400000'});
		const pings = (systemd: Datagrams) => systemd.notices.filter((fields) => fields.includes('WATCHDOG=1'));
		startService(t, namespace, [], env(healthy));
		const hung = startService(t, namespace, [], {
			...env(hanging),
			NODE_OPTIONS: `--require=${root}test/fixtures/programs/hang-at-sigusr2.cjs`,
		});
		await waitFor('pings', () => pings(healthy).length > 1 && pings(hanging).length > 1);
		namespace.ip('link add v0 type veth peer name p0');
		await healthy.notice('STATUS=Watching this namespace: 3 interfaces, 0 routes');
		hung.child.kill('SIGUSR2');
		await hung.said('hangs');
		// A message that was on its way: systemd-notify ends when it has been read.
		await waitFor('the end of its last message', () => childrenOf(hung.pid, /systemd-notify/).length === 0);
		const later = (count: number) => waitFor('later pings', () => pings(healthy).length >= count);
		await later(pings(healthy).length + 2);
		const before = pings(hanging).length;
		await later(pings(healthy).length + 4);
		t.is(pings(hanging).length, before);
		t.true(isAlive(hung.pid));
	},
);

namespaceTestIf(why, 'a watchdog that is meant for another process gets no ping', async (t, namespace) => {
	const systemd = await Datagrams.open(t);
	const netmon = startService(t, namespace, [], {NOTIFY_SOCKET: systemd.path, WATCHDOG_USEC: '100000', WATCHDOG_PID: '1'});
	await systemd.notice('READY=1');
	t.is(await netmon.stop(), 0);
	t.false(systemd.all.some((text) => text.includes('WATCHDOG')));
});

namespaceTestIf(why, 'with --follow netmon is ready as soon as it waits for the namespace, and says so', async (t, namespace) => {
	const systemd = await Datagrams.open(t);
	const netmon = startService(t, namespace, ['--netns', '/nowhere/web', '--follow'], {NOTIFY_SOCKET: systemd.path});
	const fields = await systemd.notice('READY=1');
	t.true(fields.includes('STATUS=Waiting for the namespace /nowhere/web'), fields.join(' '));
	t.is(await netmon.stop(), 0);
});

namespaceTestIf(why, 'a host is ready when each namespace of the start has its picture, whose number is told', async (t, namespace) => {
	const systemd = await Datagrams.open(t);
	const own = `/proc/${namespace.pid}/ns/net`;
	startService(t, namespace, ['--netns', own, '--netns', 'no-such-*'], {NOTIFY_SOCKET: systemd.path});
	const fields = await systemd.notice('READY=1');
	t.true(fields.includes('STATUS=Watching 1 namespace: 1 interface, 0 routes'), fields.join(' '));
});

namespaceTestIf(why, 'a socket that nobody reads is said once, and neither the watch nor its end waits for it', async (t, namespace) => {
	const netmon = startService(t, namespace, ['--log-level', 'info'], {NOTIFY_SOCKET: '/nowhere/notify', WATCHDOG_USEC: '200000'});
	await netmon.said('systemd cannot be told how netmon is');
	namespace.ip('link add v0 type veth peer name p0');
	await waitFor('the change', () => netmon.stdout.includes('interface-added'));
	t.is(await netmon.stop(), 0);
	t.is(netmon.stderr.split('systemd cannot be told how netmon is').length, 2, netmon.stderr);
});

namespaceTestIf(why, 'where systemd-notify is missing the watch goes on, and that is said', async (t, namespace) => {
	const mounts = await makeMounts(t, namespace);
	mounts.sh(`mount --bind /dev/null ${notifyProgram}`);
	const netmon = startService(t, mounts, [], {NOTIFY_SOCKET: '/nowhere/notify'});
	await netmon.said('systemd-notify was not found');
	await waitFor('the picture', () => netmon.stdout.includes('"event":"ready"'));
	t.is(await netmon.stop(), 0);
});

namespaceTestIf(why, 'a systemd-notify that hangs holds up no event, and the end for two seconds at most', async (t, namespace) => {
	const {path, close} = scratchFolder();
	t.teardown(close);
	mkdirSync(join(path, 'bin'));
	const program = join(path, 'bin/systemd-notify');
	writeFileSync(program, `#!/bin/sh\necho "$@" >>"${path}/said"\nexec sleep infinity\n`);
	chmodSync(program, 0o755);
	const netmon = startService(t, namespace, [], {NOTIFY_SOCKET: '/nowhere', PATH: `${path}/bin:${process.env['PATH']}`});
	await waitFor('the picture', () => netmon.stdout.includes('"event":"ready"'));
	namespace.ip('link add v0 type veth peer name p0');
	await waitFor('the change', () => netmon.stdout.includes('interface-added'));
	const begun = performance.now();
	t.is(await netmon.stop(), 0);
	// systemd-notify itself would have ten seconds.
	t.true(performance.now() - begun < 8000);
	await waitFor('no process', () => namespace.processes().length === 0);
});

namespaceTestIf(
	why,
	'kata-netmon, and a netmon that a service’s descendant has started, leave the service’s socket alone',
	async (t, namespace) => {
		const systemd = await Datagrams.open(t);
		const runtime = new RecordingRuntime();
		t.teardown(() => runtime.close());
		const service = {NOTIFY_SOCKET: systemd.path, WATCHDOG_USEC: '100000', NETMON_LOG_LEVEL: 'info'};
		const other = startService(t, namespace, [], {...service, SYSTEMD_EXEC_PID: '1'});
		const [file, rest] = programCommand('kata-netmon', ['-s', 'sb1', '-r', runtime.path, '-log', 'info']);
		const kata = new Running(namespace.command(file, rest), {
			...testIp,
			...service,
			SYSTEMD_EXEC_PID: '',
			NETMON_STATE_DIR: runtime.stateDir,
		});
		t.teardown(() => void kata.child.kill('SIGKILL'));
		await Promise.all([other.watching(), kata.watching()]);
		t.is(await other.stop(), 0);
		t.is(await kata.stop(), 0);
		t.deepEqual(systemd.all, []);
	},
);

namespaceTestIf(
	why,
	'a program that netmon runs has nothing of the service, whose end is told before that of the program',
	async (t, namespace) => {
		const systemd = await Datagrams.open(t);
		const hook = new RecordingHook(t);
		hook.set('script', 'env >"$dir/env.new"; mv "$dir/env.new" "$dir/env"; while [ ! -e "$dir/open" ]; do sleep 0.02; done');
		const netmon = startService(t, namespace, ['--initial', '--on', 'interface', '--', hook.path], {
			NOTIFY_SOCKET: systemd.path,
			WATCHDOG_USEC: '60000000',
		});
		await systemd.notice('READY=1');
		await waitFor('a run', () => existsSync(join(hook.folder, 'env')));
		const environment = readFileSync(join(hook.folder, 'env'), 'utf8');
		t.notRegex(environment, /NOTIFY_SOCKET|WATCHDOG/);
		t.regex(environment, /^PATH=/m);
		const ended = netmon.stop();
		await systemd.notice('STOPPING=1');
		writeFileSync(join(hook.folder, 'open'), '');
		t.is(await ended, 0);
	},
);
