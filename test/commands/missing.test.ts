import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {makeMounts} from '../faults/mounts.js';
import {namespaceTest} from '../helpers/namespace.js';
import {programCommand, Running, runToEnd, testIp} from '../helpers/netmon.js';
import {scratchFolder} from '../helpers/runtime.js';

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => runToEnd(programCommand('netmon', args), env);

const install = 'Install iproute2 5.5 or later, or name its program with --ip PATH.';
/** The names that there are come first. */
const names = /\n(?:There are .*|No namespace has a name here) \(ip netns list\); a path or the pid of a process in it does as well\.\n$/;

for (const command of ['watch', 'snapshot']) {
	for (const [netns, path] of [
		['nope', '/var/run/netns/nope'],
		['/tmp/no/such/file', '/tmp/no/such/file'],
		['4194999', '/proc/4194999/ns/net'],
	] as const) {
		test.serial(`netmon ${command} --netns ${netns}, which is not there, exits 2 and says what to do`, async (t) => {
			const {code, stdout, stderr} = await run([command, '--netns', netns]);
			t.deepEqual([code, stdout], [2, '']);
			t.true(stderr.startsWith(`Error: there is no network namespace "${netns}"${path === netns ? '' : ` (${path})`}\n`), stderr);
			t.regex(stderr, names);
		});
	}

	test.serial(`netmon ${command} --netns with several names says how to name them`, async (t) => {
		const stderr = 'Error: there is no network namespace "a,b" (/var/run/netns/a,b)\nGive each namespace a --netns of its own.\n';
		t.deepEqual(await run([command, '--netns', 'a,b']), {code: 2, stdout: '', stderr});
	});

	test.serial(`netmon ${command} --netns with a file that is no namespace exits 2`, async (t) => {
		const {code, stdout, stderr} = await run([command, '--netns', process.execPath], testIp);
		t.deepEqual([code, stdout], [2, '']);
		t.true(stderr.startsWith(`Error: cannot open the network namespace "${process.execPath}": it is not a namespace\n`), stderr);
		t.regex(stderr, names);
	});

	namespaceTest(`netmon ${command} --netns with one that must not be entered exits 2 at once, and says it once`, async (t, namespace) => {
		const folder = scratchFolder();
		t.teardown(() => folder.close());
		const refusal = "nsenter: reassociate to namespace 'ns/net' failed: Operation not permitted";
		const tries = join(folder.path, 'tries');
		writeFileSync(join(folder.path, 'nsenter'), `#!/bin/sh\necho "$*" >>${tries}\necho "${refusal}" >&2\nexit 1\n`, {mode: 0o755});
		const env = {PATH: `${folder.path}:${process.env['PATH']}`, NETMON_LOG_FORMAT: 'json', ...testIp};
		const {code, stdout, stderr} = await run([command, '--netns', String(namespace.pid)], env);
		t.deepEqual([code, stdout], [2, '']);
		t.is(
			stderr,
			`Error: ip -j -d addr show: failed: ${refusal}\nRun netmon as root, or with CAP_SYS_ADMIN: entering another network namespace needs it.\n`,
		);
		// By the process that stays, and by one of its own: neither is tried again.
		t.true((readFileSync(tries, 'utf8').match(/addr show/g)?.length ?? 0) <= 2);
	});

	test.serial(`netmon ${command} exits 2 where there is no ip, and says what to install`, async (t) => {
		const none = await run([command, '--ip', '/no/such/ip']);
		t.deepEqual(none, {
			code: 2,
			stdout: '',
			stderr: `Error: "/no/such/ip" is not an executable program: there is no such file\n${install}\n`,
		});
		const byName = await run([command, '--ip', 'no-such-ip']);
		t.deepEqual(byName, {code: 2, stdout: '', stderr: `Error: "no-such-ip" is not an executable program: it is not in PATH\n${install}\n`});
	});

	for (const {what, says, expected} of [
		{
			what: 'busybox',
			says: 'echo "BusyBox v1.35.0 multi-call binary." >&2; exit 1',
			expected: 'is not iproute2: it says "BusyBox v1.35.0 multi-call binary."',
		},
		{
			what: 'too old',
			says: 'echo "ip utility, iproute2-ss181023"',
			expected: 'is "ip utility, iproute2-ss181023", whose JSON of routes cannot be used',
		},
	]) {
		test.serial(`netmon ${command} exits 2 where ip is ${what}, names the program and says what to install`, async (t) => {
			const folder = scratchFolder();
			t.teardown(() => folder.close());
			const ip = join(folder.path, 'ip');
			writeFileSync(ip, `#!/bin/sh\n${says}\n`, {mode: 0o755});
			const {code, stdout, stderr} = await run([command, '--ip', ip]);
			t.deepEqual([code, stdout], [2, '']);
			t.true(stderr.endsWith(`Error: ${ip} ${expected}\n${install}\n`), stderr);
		});
	}
}

test.serial('a wrapper around ip without a batch works for a snapshot too', async (t) => {
	const folder = scratchFolder();
	t.teardown(() => folder.close());
	const ip = join(folder.path, 'ip');
	const real = testIp['NETMON_IP'] ?? 'ip';
	writeFileSync(ip, `#!/bin/sh\ncase "$*" in *-batch*) echo "no batch here" >&2; exit 1;; esac\nexec ${real} "$@"\n`, {mode: 0o755});
	const {code, stdout, stderr} = await run(['snapshot', '--ip', ip]);
	t.deepEqual([code, stderr], [0, '']);
	t.regex(stdout, /\n1 +lo +device /);
});

test.serial('a runtime that is missing, or not executable, ends netmon with 2 before anything is made', async (t) => {
	const folder = scratchFolder();
	t.teardown(() => folder.close());
	const plain = join(folder.path, 'plain');
	writeFileSync(plain, 'text', {mode: 0o644});
	const [noShell, windows] = [join(folder.path, 'no-shell'), join(folder.path, 'windows')];
	writeFileSync(noShell, '#!/no/such/shell -e\n', {mode: 0o755});
	writeFileSync(windows, '#!/bin/sh\r\n', {mode: 0o755});
	for (const [runtime, why] of [
		[plain, 'its run bit is missing'],
		[join(folder.path, 'nope'), 'there is no such file'],
		[folder.path, 'it is a directory'],
		['no-such-runtime', 'it is not in PATH'],
		[noShell, 'there is no /no/such/shell, which its first line names'],
		[windows, 'there is no /bin/sh\\x0d, which its first line names'],
	] as const) {
		const stateDir = join(folder.path, 'state');
		const expected = {
			code: 2,
			stdout: '',
			stderr: `Error: the runtime ${JSON.stringify(runtime)} is not an executable program: ${why}\nName the container runtime with -r PATH, and see that it has its run bit (chmod +x).\n`,
		};
		t.deepEqual(await run(['watch', '-s', 'sb1', '-r', runtime, '--state-dir', stateDir], testIp), expected);
		const kata = await runToEnd(programCommand('kata-netmon', ['-s', 'sb1', '-r', runtime]), {NETMON_STATE_DIR: stateDir, ...testIp});
		t.deepEqual(kata, expected);
		t.false(existsSync(stateDir));
	}
});

const badIds = ['../sb1', 'a/b', '/etc', '.', '..', '-s1', '_a', 'a b', 'a\nb', 'é', '', ' ', 'a;reboot', '$(reboot)'];

for (const program of ['netmon', 'kata-netmon'] as const) {
	test.serial(`${program}: a sandbox id that is not one exits 1, and nothing is made`, async (t) => {
		const folder = scratchFolder();
		t.teardown(() => folder.close());
		const stateDir = join(folder.path, 'state');
		for (const id of badIds) {
			const args = [...(program === 'netmon' ? ['watch'] : []), `${program === 'netmon' ? '--sandbox' : '-s'}=${id}`, '-r', '/bin/true'];
			const {code, stdout, stderr} = await runToEnd(programCommand(program, args), {NETMON_STATE_DIR: stateDir, ...testIp});
			t.deepEqual([code, stdout], [1, ''], `${JSON.stringify(id)}: ${stderr}`);
			t.false(stderr.includes('    at '), 'no stack');
			t.false(existsSync(stateDir));
		}
	});
}

test.serial('a recording that cannot be written ends netmon with 2', async (t) => {
	const {code, stdout, stderr} = await run(['watch', '--record', '/no/such/folder/file'], testIp);
	t.deepEqual([code, stdout], [2, '']);
	t.regex(stderr, /^Error: cannot write \/no\/such\/folder\/file: .*\nName another file with --record FILE\.\n$/);
});

namespaceTest('a port for metrics that is taken ends netmon with 2', async (t, namespace) => {
	const watch = (...args: readonly string[]) =>
		namespace.command(...programCommand('netmon', ['watch', '--metrics', '127.0.0.1:39113', ...args]));
	const first = new Running(watch('--log-level', 'info'), testIp);
	t.teardown(() => void first.child.kill('SIGKILL'));
	await first.watching();
	const {code, stderr} = await runToEnd(watch(), testIp);
	t.is(code, 2);
	t.regex(stderr, /^Error: cannot listen on 127\.0\.0\.1:39113: address already in use\nChoose another port\.\n$/);
	t.is(await first.stop(), 0);
});

test.serial('an error about something missing is shown with its stack only on request', async (t) => {
	const {code, stderr} = await run(['snapshot', '--netns', 'nope'], {DEBUG: '1'});
	t.is(code, 2);
	t.regex(stderr, /^Error: there is no .*\n.*\nNamespaceError: .*\n {4}at /);
});

namespaceTest('a user whom nobody knows, as in a container, may use every command', async (t, namespace) => {
	const mounts = await makeMounts(t, namespace);
	mounts.sh('for file in passwd nsswitch.conf; do [ ! -e /etc/$file ] || mount --bind /dev/null /etc/$file; done');
	const [file, args] = programCommand('netmon', ['completion', 'bash']);
	const {code, stderr} = await runToEnd(mounts.command('env', ['-u', 'SHELL', file, ...args]));
	t.deepEqual([code, stderr], [0, '']);
});
