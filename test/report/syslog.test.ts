import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {findProgram} from '../../src/process/find-program.js';
import {Mortality} from '../../src/process/mortal.js';
import {hasSyslog, Syslog} from '../../src/report/syslog.js';
import {makeMounts, type TestMounts} from '../faults/mounts.js';
import {childrenOf} from '../faults/processes.js';
import {Datagrams, whyNoDatagrams} from '../helpers/datagrams.js';
import {HeldClock} from '../helpers/held-clock.js';
import {namespaceTestIf, type TestNamespace} from '../helpers/namespace.js';
import {programCommand, Running, testIp} from '../helpers/netmon.js';
import {RecordingRuntime, scratchFolder} from '../helpers/runtime.js';
import {waitFor} from '../helpers/wait.js';

const searchPath = process.env['PATH'] ?? '';
const why = findProgram('logger', searchPath) === undefined ? 'there is no logger here' : whyNoDatagrams;
/** An ordinary user is root in the user namespace of a test. So logger(1) tries to name netmon's pid as the sender, which the kernel refuses (unix(7)). */
const whyNoPid = why ?? (process.getuid?.() === 0 ? undefined : 'only root can name another process as the sender of a message');

/** A /dev with little in it, and no syslog yet. */
async function makeDevices(t: ExecutionContext<unknown>, namespace: TestNamespace): Promise<TestMounts> {
	const mounts = await makeMounts(t, namespace);
	mounts.sh(`
		host=$(mktemp -d); mount --rbind /dev "$host"; mount -t tmpfs none /dev
		for name in null zero urandom random tty; do : >"/dev/$name"; mount --bind "$host/$name" "/dev/$name"; done
		mkdir /dev/shm; ln -s /proc/self/fd /dev/fd
		umount --lazy "$host"; rmdir "$host"`);
	return mounts;
}

/** A syslogd at /dev/log. */
const syslogd = (t: ExecutionContext<unknown>, mounts: TestMounts) => Datagrams.open(t, '/dev/log', mounts.command);

function startWatch(t: ExecutionContext<unknown>, mounts: TestMounts, args: readonly string[] = ['--log-level', 'info']): Running {
	const netmon = new Running(mounts.command(...programCommand('netmon', ['watch', '--syslog', '--log-format', 'human', ...args])), testIp);
	t.teardown(() => void netmon.child.kill('SIGKILL'));
	return netmon;
}

function startKata(t: ExecutionContext<unknown>, mounts: TestMounts, env: Readonly<Record<string, string>> = {}): Running {
	const runtime = new RecordingRuntime();
	t.teardown(() => runtime.close());
	const [file, args] = programCommand('kata-netmon', ['-s', 'sb1', '-r', runtime.path, '-log', 'info']);
	const netmon = new Running(mounts.command(file, args), {NETMON_STATE_DIR: runtime.stateDir, ...testIp, ...env});
	t.teardown(() => void netmon.child.kill('SIGKILL'));
	return netmon;
}

const loggersOf = ({pid}: Running) => childrenOf(pid, /\blogger\b/);

namespaceTestIf(
	whyNoPid,
	'--syslog writes each line of the log to syslog too, with its priority and netmon’s name and pid',
	async (t, namespace) => {
		const mounts = await makeDevices(t, namespace);
		const log = await syslogd(t, mounts);
		const netmon = startWatch(t, mounts);
		// daemon.info: 3 * 8 + 6
		const line = await waitFor('the line', () => log.all.find((text) => text.includes('info: watching')));
		t.regex(line, new RegExp(`^<30>.* netmon\\[${netmon.pid}\\]: \\d\\d:\\d\\d:\\d\\d\\.\\d{3} info: watching  ip=`));
		await netmon.said('info: watching');
		const logger = await waitFor('its logger', () => loggersOf(netmon)[0]);
		process.kill(logger, 'SIGKILL');
		await netmon.said('the log cannot be written to syslog');
		t.is(await netmon.stop(), 0);
	},
);

namespaceTestIf(
	whyNoPid,
	'kata-netmon writes to syslog as the original does, the reason of its end too; NETMON_SYSLOG=no turns that off',
	async (t, namespace) => {
		const mounts = await makeDevices(t, namespace);
		const log = await syslogd(t, mounts);
		const silent = startKata(t, mounts, {NETMON_SYSLOG: 'no'});
		await silent.watching();
		t.is(await silent.stop(), 0);
		t.deepEqual(log.all, []);
		const netmon = startKata(t, mounts);
		// user.info: 1 * 8 + 6
		await waitFor('the line', () =>
			log.all.some((text) => new RegExp(`^<14>.* kata-netmon\\[${netmon.pid}\\]: .*"msg":"watching"`).test(text)),
		);
		t.is(await netmon.stop(), 0);
		for (const [env, reason] of [
			[{NETMON_IP: '/nowhere/ip'}, 'is not an executable program'],
			[{NETMON_JOURNAL: '/proc/nowhere'}, 'cannot write the journal'],
		] as const) {
			const refused = startKata(t, mounts, env);
			t.is(await refused.exited, 2);
			await waitFor('why it ended', () => log.all.some((text) => text.startsWith('<11>') && text.includes(reason)));
		}
	},
);

namespaceTestIf(why, 'where there is no syslog, kata-netmon starts no logger and --syslog says so', async (t, namespace) => {
	const mounts = await makeDevices(t, namespace);
	const kata = startKata(t, mounts);
	await kata.watching();
	t.deepEqual(loggersOf(kata), []);
	t.is(await kata.stop(), 0);
	t.false(kata.stderr.includes('syslog'));
	const netmon = startWatch(t, mounts);
	await netmon.said('the log cannot be written to syslog');
	t.is(await netmon.stop(), 0);
});

namespaceTestIf(why, 'a netmon that has nothing to say has no logger', async (t, namespace) => {
	const mounts = await makeDevices(t, namespace);
	const log = await syslogd(t, mounts);
	const netmon = startWatch(t, mounts, ['--json']);
	await waitFor('the picture', () => netmon.stdout.includes('"event":"ready"'));
	t.deepEqual(loggersOf(netmon), []);
	t.is(await netmon.stop(), 0);
	t.deepEqual(log.all, []);
});

/** A logger that is the given shell script. */
function makeSyslog(t: ExecutionContext<unknown>, script: string) {
	const {path, close} = scratchFolder();
	t.teardown(close);
	const program = join(path, 'logger');
	writeFileSync(program, `#!/bin/sh\ndir=\${0%/*}\n${script}\n`, {mode: 0o755});
	const failures: string[] = [];
	const clock = new HeldClock();
	const syslog = new Syslog(program, new Mortality(searchPath), {tag: 'netmon', facility: 'daemon'}, clock, (reason) =>
		failures.push(reason),
	);
	return {syslog, failures, clock, file: (name: string) => join(path, name)};
}

test('a logger that never reads costs lines, which are counted, and no wait', async (t) => {
	const {syslog, clock} = makeSyslog(t, 'exec sleep infinity');
	const line = `${'x'.repeat(1023)}\n`;
	const begun = performance.now();
	for (let count = 0; count < 4000; count += 1) syslog.write(line, 4);
	// As many waits of three milliseconds would take longer.
	t.true(performance.now() - begun < 10_000);
	t.true(syslog.dropped > 1000);
	const ended = syslog.close(2000);
	await clock.pass(2000);
	await t.notThrowsAsync(ended);
});

test('a logger that refuses its options is said with its words, and tried again for a later line only', async (t) => {
	const {syslog, failures, clock} = makeSyslog(t, 'echo start >>"$dir/starts"; echo "logger: unrecognized option: id" >&2; exit 1');
	syslog.write('one\n', 4);
	await waitFor('the failure', () => failures.length === 1);
	t.deepEqual(failures, ['logger: unrecognized option: id']);
	syslog.write('two\n', 4);
	t.is(syslog.dropped, 1);
	await clock.pass(10_000);
	syslog.write('three\n', 4);
	await waitFor('the second failure', () => failures.length === 2);
});

test('the end waits until the logger has taken all', async (t) => {
	const {syslog, failures, file} = makeSyslog(t, 'sleep 0.2; cat >"$dir/said.new"; mv "$dir/said.new" "$dir/said"');
	syslog.write('one\n', 4);
	syslog.write('two\n', 3);
	await syslog.close(60_000);
	t.is(readFileSync(file('said'), 'utf8'), '<4>one\n<3>two\n');
	t.deepEqual(failures, []);
});

test('a syslog is a socket at its place', (t) => {
	t.false(hasSyslog('/nowhere/log'));
	t.false(hasSyslog('/dev/null'));
});
