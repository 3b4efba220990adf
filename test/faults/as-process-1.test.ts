import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {findProgram} from '../../src/process/find-program.js';
import {namespaceTest, namespaceTestIf, type TestNamespace} from '../helpers/namespace.js';
import {programCommand, Running, root} from '../helpers/netmon.js';
import {RecordingRuntime, scratchFolder} from '../helpers/runtime.js';
import {onTerminal, plain, terminalTest} from '../helpers/terminal.js';
import {waitFor} from '../helpers/wait.js';
import {makeLink} from './links.js';
import {killAll} from './processes.js';
import {entriesIn, withEnvironment} from './raw-environment.js';

// Story 35: netmon as process 1 of a container. bin/init.js has several ways to let somebody reap what calls leave behind.

/** Runs it as process 1 of a pid namespace. */
function asProcess1(namespace: TestNamespace, file: string, args: readonly string[]): [string, string[]] {
	return namespace.command('unshare', ['--pid', '--fork', '--kill-child', '--mount-proc', file, ...args]);
}

/** The children of a process, those that have ended and were not reaped too. */
function childrenOf(pid: number): number[] {
	try {
		return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
	} catch {
		return [];
	}
}

function below(pid: number): number[] {
	return childrenOf(pid).flatMap((child) => [child, ...below(child)]);
}

function fileOf(pid: number, name: 'stat' | 'status'): string {
	try {
		return readFileSync(`/proc/${pid}/${name}`, 'latin1');
	} catch {
		return '';
	}
}

function process1Of(running: Running): Promise<number> {
	return waitFor('process 1', () => below(running.pid).find((pid) => /^NSpid:.*\t1$/m.test(fileOf(pid, 'status'))));
}

/** Leaves twenty processes behind at the first call, which end one after another. The next call may still run when `environ` is read. */
const leaveTwenty = `if ! [ -e "$dir/environ" ]; then
	i=0
	while [ $i -lt 20 ]; do (sleep 0.$((i % 5 + 1)) &); i=$((i + 1)); done
	cat /proc/$$/environ >"$dir/environ"
fi`;

const python = spawnSync('python3', ['-c', 'import ctypes, sys; print(sys.executable)'], {encoding: 'utf8'});
const noPython = python.status === 0 ? undefined : 'there is no python3 with ctypes here';
const needed = ['ip', 'setpriv', 'setsid', 'nsenter', 'unshare', 'sh', 'stat', 'sleep', 'cat'];

/** A PATH with what netmon and the tests need, and with this python3 or none, but without perl. */
function searchPathOf(folder: string, python3?: string): string {
	const path = join(folder, 'programs');
	mkdirSync(path);
	const programs = needed.map((name) => [name, findProgram(name, process.env['PATH'] ?? '')] as const);
	for (const [name, target] of [...programs, ['python3', python3] as const]) {
		if (target !== undefined) symlinkSync(target, join(path, name));
	}
	return path;
}

/** Node cannot hand these on, so it takes none of the ways that would lose them. */
const notUtf8 = Buffer.from([...Buffer.from('BYTES='), 0xff, 0x01, 0xc3]);

for (const {way, program, init = [], bytes = [], withoutPerl = false, why} of [
	{way: 'netmon, started by bin/init.sh', program: 'netmon', init: ['/bin/sh', `${root}bin/init.sh`]},
	{way: 'netmon', program: 'netmon'},
	{way: 'kata-netmon, with bytes that are no UTF-8 in its environment', program: 'kata-netmon', bytes: [notUtf8]},
	{way: 'netmon with such bytes and without perl', program: 'netmon', bytes: [notUtf8], withoutPerl: true, why: noPython},
] as const satisfies readonly {
	way: string;
	program: 'netmon' | 'kata-netmon';
	init?: readonly string[];
	bytes?: readonly Buffer[];
	withoutPerl?: boolean;
	why?: string | undefined;
}[]) {
	namespaceTestIf(
		why,
		`as process 1, ${way}: no zombie stays, calls have its environment, and SIGTERM gets its exit code (story 35)`,
		async (t, namespace) => {
			const runtime = new RecordingRuntime();
			t.teardown(() => runtime.close());
			runtime.hook(leaveTwenty);
			const path = withoutPerl ? searchPathOf(runtime.folder, python.stdout.trim()) : process.env['PATH'];
			const settings = [`PATH=${path}`, `NETMON_STATE_DIR=${runtime.stateDir}`];
			const given = [...settings, 'A.B-c=no name for a shell'].map((entry) => Buffer.from(entry)).concat(bytes);
			const own = program === 'netmon' ? ['watch', '--log-level'] : ['-log'];
			const [file, args] = programCommand(program, [...own, 'info', '-s', 'sb1', '-r', runtime.path]);
			const [first, ...rest] = [...init, file, ...args];
			const netmon = new Running(withEnvironment(runtime.folder, given, asProcess1(namespace, first ?? file, rest)));
			t.teardown(() => killAll(namespace.processes()));
			await netmon.watching();
			makeLink(namespace, 'a0', 1);
			await runtime.until('two calls', (calls) => calls.length >= 2);
			const process1 = await process1Of(netmon);
			await waitFor(
				'the end of all that the call has left',
				() => !below(process1).some((pid) => /\(sleep\)|\) Z /.test(fileOf(pid, 'stat'))),
			);
			t.deepEqual(entriesIn(join(runtime.folder, 'environ')), given.map((entry) => entry.toString('latin1')).sort());
			t.notRegex(netmon.stderr, /does not reap/);
			process.kill(process1, 'SIGTERM');
			t.is(await netmon.exited, 0);
		},
	);
}

namespaceTest('as process 1 without perl and python3 it says once that it does not reap', async (t, namespace) => {
	const folder = scratchFolder();
	t.teardown(folder.close);
	const command = programCommand('netmon', ['watch', '--log-level', 'info', '--', '/bin/true']);
	const given = [Buffer.from(`PATH=${searchPathOf(folder.path)}`), notUtf8];
	const netmon = new Running(withEnvironment(folder.path, given, asProcess1(namespace, ...command)));
	t.teardown(() => killAll(namespace.processes()));
	await netmon.watching();
	t.is(netmon.stderr.split('does not reap').length, 2, netmon.stderr);
});

namespaceTest('as process 1 it has its arguments to the last byte, and a second SIGTERM ends it at once', async (t, namespace) => {
	const folder = scratchFolder();
	t.teardown(folder.close);
	const hook = join(folder.path, 'hook');
	writeFileSync(hook, `#!/bin/sh\nprintf '%s\\0' "$@" >"$0.part"\nmv "$0.part" "$0.args"\nexec sleep 1000\n`, {mode: 0o755});
	const words = ['', ' a  b ', '*', 'two\nlines\n', '\\n"$HOME"\'', '--', '-e', 'ü'];
	const own = ['watch', '--log-level', 'info', '--initial', '--dev', 'lo', '--on', 'interface', '--', hook, ...words];
	const netmon = new Running(asProcess1(namespace, ...programCommand('netmon', own)));
	t.teardown(() => killAll(namespace.processes()));
	await waitFor('the run of the hook', () => existsSync(`${hook}.args`));
	t.deepEqual(readFileSync(`${hook}.args`, 'utf8').split('\0').slice(0, -1), words);
	const process1 = await process1Of(netmon);
	process.kill(process1, 'SIGTERM');
	await netmon.said('"msg":"ending"');
	t.true(netmon.isAlive);
	process.kill(process1, 'SIGTERM');
	t.is(await netmon.exited, 143);
});

namespaceTest('as process 1 it ends at a SIGTERM that comes before netmon is loaded', async (t, namespace) => {
	const netmon = new Running(asProcess1(namespace, ...programCommand('netmon', ['watch'])));
	t.teardown(() => killAll(namespace.processes()));
	const process1 = await process1Of(netmon);
	await waitFor('its first child', () => childrenOf(process1).length > 0);
	process.kill(process1, 'SIGTERM');
	// The code depends on whether netmon listens to it already.
	t.true([0, 143].includes(Number(await netmon.exited)), netmon.stderr);
});

terminalTest('as process 1 Ctrl-C on the terminal reaches netmon once', async (t, namespace) => {
	// A second one would not wait for the run that is under way.
	const own = ['watch', '--log-level', 'info', '--initial', '--dev', 'lo', '--timeout', '1s', '--', 'sleep', '1000'];
	const netmon = new Running(onTerminal(asProcess1(namespace, ...programCommand('netmon', own))), plain, 'pipe');
	t.teardown(() => killAll(namespace.processes()));
	await waitFor('the run', () => namespace.processes().some((pid) => /\(sleep\)/.test(fileOf(pid, 'stat'))));
	// The terminal sends it to all that it controls (tty_nr, proc_pid_stat(5)).
	const controlled = below(await process1Of(netmon)).filter((pid) => / [SRD] \d+ \d+ \d+ (?!0 )/.test(fileOf(pid, 'stat')));
	t.deepEqual(controlled, [], 'process 1 hands it on');
	netmon.child.stdin?.write('\u0003');
	t.is(await netmon.exited, 0, netmon.stdout);
	t.is(netmon.stdout.split('info: ending').length, 2, netmon.stdout);
});
