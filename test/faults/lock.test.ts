import {existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {findProgram} from '../../src/process/find-program.js';
import {namespaceTest, namespaceTestIf, type TestNamespace, whyNoNamespace} from '../helpers/namespace.js';
import {programCommand, root, runToEnd, startWatch, testIp} from '../helpers/netmon.js';
import {RecordingRuntime, removeFolder} from '../helpers/runtime.js';
import {waitFor} from '../helpers/wait.js';
import {guestAfter} from './consumer.js';
import {makeLink} from './links.js';
import {makeMounts} from './mounts.js';
import {childrenOf, isAlive, killAll} from './processes.js';

for (const program of ['netmon', 'kata-netmon'] as const) {
	namespaceTest(
		`a second ${program} for the same sandbox names the pid of the first and exits with 2; the first goes on`,
		async (t, namespace) => {
			const {netmon, runtime} = await startWatch(t, namespace);
			const args = ['-s', 'sb1', '-r', runtime.path];
			const second = await runToEnd(namespace.command(...programCommand(program, program === 'netmon' ? ['watch', ...args] : args)), {
				NETMON_STATE_DIR: runtime.stateDir,
			});
			t.is(second.code, 2);
			t.true(second.stderr.includes(`another netmon, pid ${netmon.pid}, already watches for sandbox "sb1"`), second.stderr);
			makeLink(namespace, 'a0', 1);
			await runtime.until('a0', (calls) => guestAfter(calls).interfaces.includes('a0'));
			t.true(existsSync(join(runtime.stateDir, 'sb1/netmon.lock')), 'the lock of the first is still there');
			t.is(await netmon.stop(), 0);
		},
	);
}

namespaceTest('two netmons for two sandboxes of one state directory do not disturb each other', async (t, namespace) => {
	const runtime = new RecordingRuntime();
	t.teardown(() => runtime.close());
	const both = [await startWatch(t, namespace, {runtime}), await startWatch(t, namespace, {runtime, sandbox: 'sb2'})];
	makeLink(namespace, 'a0', 1);
	await runtime.until('an add of each', (calls) => new Set(calls.filter(({op}) => op === 'add-iface').map(({args}) => args[2])).size === 2);
	for (const {netmon} of both) t.is(await netmon.stop(), 0);
});

namespaceTest('the lock of a netmon that was killed is taken over by the next', async (t, namespace) => {
	const runtime = new RecordingRuntime();
	t.teardown(() => runtime.close());
	const first = await startWatch(t, namespace, {runtime});
	const lock = join(runtime.stateDir, 'sb1/netmon.lock');
	first.netmon.child.kill('SIGKILL');
	await first.netmon.exited;
	t.true(existsSync(lock));
	const {netmon} = await startWatch(t, namespace, {runtime});
	t.is(JSON.parse(readFileSync(lock, 'utf8')).pid, netmon.pid);
	t.is(await netmon.stop(), 0);
	t.false(existsSync(lock));
});

namespaceTest('a lock whose pid is somebody else’s by now, or of another boot, is taken over', async (t, namespace) => {
	const runtime = new RecordingRuntime();
	t.teardown(() => runtime.close());
	await (await startWatch(t, namespace, {runtime})).netmon.stop();
	const lock = join(runtime.stateDir, 'sb1/netmon.lock');
	const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
	// The test itself is alive, and did not start one clock tick after boot.
	for (const owner of [
		{pid: process.pid, startedAt: '1', boot},
		{pid: process.pid, startedAt: '', boot: 'another'},
	]) {
		writeFileSync(lock, JSON.stringify(owner));
		const {netmon} = await startWatch(t, namespace, {runtime});
		t.is(await netmon.stop(), 0);
	}
	writeFileSync(lock, '{"pid":');
	const {netmon} = await startWatch(t, namespace, {runtime});
	t.is(await netmon.stop(), 0, 'half a lock, which nobody can have written, holds nothing');
});

namespaceTest('a stopped netmon keeps its lock', async (t, namespace) => {
	const {netmon, runtime} = await startWatch(t, namespace);
	netmon.child.kill('SIGSTOP');
	const second = await runToEnd(namespace.command(...programCommand('netmon', ['watch', '-s', 'sb1', '-r', runtime.path])), {
		NETMON_STATE_DIR: runtime.stateDir,
	});
	t.is(second.code, 2);
	t.true(second.stderr.includes(`pid ${netmon.pid}`));
	netmon.child.kill('SIGCONT');
	t.is(await netmon.stop(), 0);
	await waitFor('its end', () => !isAlive(netmon.pid));
	rmSync(join(runtime.stateDir, 'sb1'), {recursive: true});
});

const flockPath = findProgram('flock', process.env['PATH'] ?? '');

const whyNoFlock = flockPath === undefined ? 'there is no flock(1)' : whyNoNamespace;

/** How a second netmon for the same sandbox ends. */
function runSecond(inside: Pick<TestNamespace, 'command'>, {path, stateDir}: RecordingRuntime, wrap: readonly string[] = []) {
	const [file, args] = programCommand('netmon', ['watch', '-s', 'sb1', '-r', path]);
	const [first = file, ...rest] = [...wrap, file, ...args];
	return runToEnd(inside.command(first, rest), {NETMON_STATE_DIR: stateDir, ...testIp});
}

namespaceTestIf(
	whyNoFlock,
	'a second netmon in another pid namespace is refused, though it cannot see the first (story 32)',
	async (t, namespace) => {
		const {netmon, runtime} = await startWatch(t, namespace);
		const {code, stderr} = await runSecond(namespace, runtime, ['unshare', '--pid', '--fork', '--mount-proc']);
		t.is(code, 2, stderr);
		t.true(
			stderr.includes(`Error: another netmon, pid ${netmon.pid} of another pid namespace, already watches for sandbox "sb1"\n`),
			stderr,
		);
		t.is(await netmon.stop(), 0);
	},
);

namespaceTest(
	'when another netmon has taken the place of a removed directory, the first ends before its next call, with exit code 2 (story 32)',
	async (t, namespace) => {
		// With several sandboxes it waits for the one that another netmon has, and goes on for the others.
		const first = await startWatch(t, namespace, {alone: true});
		const {runtime} = first;
		const folder = join(runtime.stateDir, 'sb1');
		// Wait until it has nothing to write: it would make the directory again and take its lock, which would also be right.
		await waitFor('its first state', () => existsSync(join(folder, 'announced.json')));
		renameSync(folder, join(runtime.folder, 'removed'));
		const second = await startWatch(t, namespace, {runtime, alone: true});
		makeLink(namespace, 'a0', 1);
		t.is(await first.netmon.exited, 2);
		t.true(first.netmon.stderr.includes(`Error: another netmon, pid ${second.netmon.pid}, already watches for sandbox "sb1"`));
		await runtime.until('a0', (calls) => guestAfter(calls).interfaces.includes('a0'));
		await second.fence();
		t.deepEqual(
			runtime.calls.filter(({op}) => op !== 'update-routes').map(({op}) => op),
			['add-iface'],
			'one of them has called',
		);
		t.is(JSON.parse(readFileSync(join(folder, 'netmon.lock'), 'utf8')).pid, second.netmon.pid);
		t.is(await second.netmon.stop(), 0);
	},
);

namespaceTest('no child of netmon has its lock, and a runtime that leaves a child behind does not keep it', async (t, namespace) => {
	const runtime = new RecordingRuntime();
	t.teardown(() => runtime.close());
	runtime.hook('sleep 1000 </dev/null >/dev/null 2>&1 & echo $! >>"$dir/left"');
	const {netmon} = await startWatch(t, namespace, {runtime});
	makeLink(namespace, 'a0', 1);
	await waitFor('the ends of both calls', () => runtime.succeeded === 2);
	const left = () => readFileSync(join(runtime.folder, 'left'), 'utf8').trim().split('\n').map(Number);
	t.teardown(() => killAll(left()));
	const {ino} = statSync(join(runtime.stateDir, 'sb1/netmon.lock'));
	t.is(descriptorsOf(netmon.pid, ino).length, flockPath === undefined ? 0 : 1);
	for (const child of [...childrenOf(netmon.pid, /./), ...left()]) t.deepEqual(descriptorsOf(child, ino), [], String(child));
	netmon.child.kill('SIGKILL');
	await netmon.exited;
	t.true(left().some(isAlive), 'one lives on');
	runtime.unhook();
	const again = await startWatch(t, namespace, {runtime});
	t.is(await again.netmon.stop(), 0);
});

/** The process's descriptors of the file with this inode number. */
function descriptorsOf(pid: number, ino: number): string[] {
	return descriptorsIn(`/proc/${pid}/fd`).filter((descriptor) => {
		try {
			return statSync(`/proc/${pid}/fd/${descriptor}`).ino === ino;
		} catch {
			return false;
		}
	});
}

/** None, if the process has ended. */
function descriptorsIn(folder: string): string[] {
	try {
		return readdirSync(folder);
	} catch {
		return [];
	}
}

namespaceTest(
	'without flock(1), on a file system without hard links: a second netmon is refused, and a killed one is replaced (story 37)',
	async (t, namespace) => {
		const runtime = new RecordingRuntime();
		t.teardown(() => runtime.close());
		const mounts = await makeMounts(t, namespace);
		if (flockPath !== undefined) mounts.sh(`mount --bind /dev/null ${flockPath}`);
		const env = {NODE_OPTIONS: `--require=${root}test/fixtures/programs/no-links.cjs`};
		const {netmon} = await startWatch(t, mounts, {runtime, env});
		const {code, stderr} = await runSecond(mounts, runtime);
		t.is(code, 2, stderr);
		t.true(stderr.includes(`another netmon, pid ${netmon.pid}, already`), stderr);
		removeFolder(join(runtime.stateDir, 'sb1'));
		makeLink(namespace, 'a0', 1);
		await runtime.until('a0', (calls) => guestAfter(calls).interfaces.includes('a0'));
		netmon.child.kill('SIGKILL');
		await netmon.exited;
		const again = await startWatch(t, mounts, {runtime, env});
		t.is(await again.netmon.stop(), 0);
		t.deepEqual(
			readdirSync(join(runtime.stateDir, 'sb1')).filter((name) => name.startsWith('netmon.lock')),
			[],
		);
	},
);
