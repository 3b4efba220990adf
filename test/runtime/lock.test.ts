import {type ChildProcess, spawn} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {silentLog} from '../../src/model/log.js';
import {findProgram} from '../../src/process/find-program.js';
import {SandboxLock} from '../../src/runtime/lock.js';
import {type SandboxDirectory, sandboxDirectory} from '../../src/runtime/sandbox.js';
import {scratchFolder} from '../helpers/runtime.js';
import {scratchSandbox} from '../helpers/sandbox.js';
import {waitFor} from '../helpers/wait.js';

const boot = 'b00t';

/** A process that lives until the test has ended. */
async function living(t: ExecutionContext): Promise<number> {
	const child: ChildProcess = spawn('sleep', ['1000'], {stdio: 'ignore'});
	t.teardown(() => void child.kill('SIGKILL'));
	await new Promise((resolve) => child.once('spawn', resolve));
	return child.pid ?? t.fail() ?? 0;
}

/** A pid that no process has. */
async function dead(): Promise<number> {
	const child = spawn('true', [], {stdio: 'ignore'});
	await new Promise((resolve) => child.once('exit', resolve));
	return child.pid ?? 0;
}

function startTime(pid: number): string {
	const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
	return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function ownerOf(directory: SandboxDirectory): unknown {
	return JSON.parse(readFileSync(directory.lockFile, 'utf8'));
}

const flock = findProgram('flock', process.env['PATH'] ?? '');

/** With the kernel's lock, and as without flock(1). */
const kinds: readonly (readonly [string, string | undefined])[] = [
	...(flock === undefined ? [] : [['flock', flock] as const]),
	['claims', undefined],
];

for (const [kind, program] of kinds) {
	const take = (directory: SandboxDirectory) => {
		const lock = new SandboxLock(directory, boot, program);
		lock.refuseEarly();
		lock.takeNow();
		return lock;
	};
	const keep = (lock: SandboxLock) => {
		if (!lock.isHeld) lock.takeNow();
	};
	const claim = kind === 'claims' ? [`netmon.lock.${process.pid}-${startTime(process.pid)}-${boot}`] : [];

	test(`${kind}: the first taker has the lock, with its pid in it, and leaves nothing else behind`, (t) => {
		const directory = scratchSandbox(t);
		const lock = take(directory);
		t.like(ownerOf(directory), {pid: process.pid, boot, startedAt: startTime(process.pid)});
		t.deepEqual(readdirSync(directory.path), ['netmon.lock', ...claim]);
		void lock.release();
		t.deepEqual(readdirSync(directory.path), []);
	});

	test(`${kind}: the second taker is told the pid of the first, and takes nothing away`, async (t) => {
		const directory = scratchSandbox(t);
		const pid = await living(t);
		const text = JSON.stringify({pid, startedAt: startTime(pid), boot});
		writeFileSync(directory.lockFile, text);
		const error = t.throws(() => take(directory), {name: 'SandboxLockedError', message: new RegExp(`pid ${pid}, .*"sb"`)});
		t.is(error && 'exitCode' in error ? error.exitCode : undefined, 2);
		t.is(readFileSync(directory.lockFile, 'utf8'), text);
		t.deepEqual(readdirSync(directory.path), ['netmon.lock']);
	});

	test(`${kind}: two locks in one process: the second is refused`, (t) => {
		const directory = scratchSandbox(t);
		const lock = take(directory);
		t.throws(() => take(directory), {name: 'SandboxLockedError'});
		void lock.release();
		t.notThrows(() => take(directory));
	});

	test(`${kind}: two sandboxes have two locks`, (t) => {
		const {path, close} = scratchFolder();
		t.teardown(close);
		for (const id of ['a', 'b']) {
			const directory = sandboxDirectory(path, id);
			mkdirSync(directory.path);
			t.notThrows(() => take(directory));
		}
	});

	test(`${kind}: the lock of a dead process is taken over`, async (t) => {
		const directory = scratchSandbox(t);
		writeFileSync(directory.lockFile, JSON.stringify({pid: await dead(), startedAt: '1', boot}));
		take(directory);
		t.like(ownerOf(directory), {pid: process.pid});
		t.deepEqual(readdirSync(directory.path), ['netmon.lock', ...claim]);
	});

	test(`${kind}: the lock of a process whose pid is another’s now is taken over`, async (t) => {
		const directory = scratchSandbox(t);
		const pid = await living(t);
		writeFileSync(directory.lockFile, JSON.stringify({pid, startedAt: '1', boot}));
		take(directory);
		t.like(ownerOf(directory), {pid: process.pid});
	});

	test(`${kind}: a lock that was removed with its directory is taken again, and one that is there stays`, (t) => {
		const directory = scratchSandbox(t);
		const lock = take(directory);
		const before = statSync(directory.lockFile).ino;
		keep(lock);
		t.is(statSync(directory.lockFile).ino, before);
		rmSync(directory.lockFile);
		keep(lock);
		t.like(ownerOf(directory), {pid: process.pid});
	});

	test(`${kind}: a lock that has become another’s is neither taken nor removed`, async (t) => {
		const directory = scratchSandbox(t);
		const lock = take(directory);
		const pid = await living(t);
		rmSync(directory.lockFile);
		writeFileSync(directory.lockFile, JSON.stringify({pid, startedAt: startTime(pid), boot}));
		t.throws(() => keep(lock), {name: 'SandboxLockedError'});
		lock.release();
		t.like(ownerOf(directory), {pid});
	});

	test(`${kind}: the lock of another boot is taken over, whoever has its pid now`, async (t) => {
		const directory = scratchSandbox(t);
		const pid = await living(t);
		writeFileSync(directory.lockFile, JSON.stringify({pid, startedAt: startTime(pid), boot: 'earlier'}));
		take(directory);
		t.like(ownerOf(directory), {pid: process.pid});
	});

	test(`${kind}: the lock of a process that was killed and that its parent has not reaped is taken over`, async (t) => {
		const directory = scratchSandbox(t);
		// Exec keeps the child, and `sleep` never reaps it; the shell might.
		const parent = spawn('/bin/sh', ['-c', 'sleep 1000 & echo $!; exec sleep 1000'], {stdio: ['ignore', 'pipe', 'ignore']});
		t.teardown(() => void parent.kill('SIGKILL'));
		const pid = Number(String(await new Promise((resolve) => parent.stdout.once('data', resolve))));
		await waitFor('the end of the shell', () => readFileSync(`/proc/${parent.pid}/comm`, 'latin1') === 'sleep\n');
		process.kill(pid, 'SIGKILL');
		await waitFor('a zombie', () => readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z '));
		writeFileSync(directory.lockFile, JSON.stringify({pid, startedAt: startTime(pid), boot}));
		take(directory);
		t.like(ownerOf(directory), {pid: process.pid});
	});

	test(`${kind}: a living owner whose start time is not known keeps its lock`, async (t) => {
		const directory = scratchSandbox(t);
		const pid = await living(t);
		writeFileSync(directory.lockFile, JSON.stringify({pid, startedAt: '', boot}));
		t.throws(() => take(directory), {name: 'SandboxLockedError'});
	});

	for (const garbage of [
		'',
		'{',
		'null',
		'[]',
		'12',
		'{"pid":"x"}',
		'{"pid":-1,"startedAt":"1","boot":"b00t"}',
		'{"pid":1.5,"startedAt":"1","boot":"b00t"}',
		'\0\0\0',
	]) {
		test(`${kind}: a lock that holds ${JSON.stringify(garbage)} is nobody's, and is taken over`, (t) => {
			const directory = scratchSandbox(t);
			writeFileSync(directory.lockFile, garbage);
			take(directory);
			t.like(ownerOf(directory), {pid: process.pid});
		});
	}

	test(`${kind}: a pid of 0 in a lock is not taken for a living owner`, (t) => {
		const directory = scratchSandbox(t);
		writeFileSync(directory.lockFile, JSON.stringify({pid: 0, startedAt: '1', boot}));
		t.notThrows(() => take(directory));
	});

	test(`${kind}: what a former run has left under its own name is no obstacle`, (t) => {
		const directory = scratchSandbox(t);
		writeFileSync(`${directory.lockFile}.${process.pid}`, 'left');
		writeFileSync(directory.lockFile, 'garbage');
		take(directory);
		t.like(ownerOf(directory), {pid: process.pid});
		t.deepEqual(readdirSync(directory.path), ['netmon.lock', ...claim]);
	});

	test(`${kind}: a directory that is not there is a clear error with its path`, (t) => {
		const directory = sandboxDirectory('/nonexistent-netmon-test', 'sb');
		const error = t.throws(() => take(directory), {name: 'StateDirectoryError'});
		t.true(error?.message.includes(directory.path));
	});

	test(`${kind}: releasing twice, or a lock that somebody has removed, is no error`, async (t) => {
		const directory = scratchSandbox(t);
		const lock = take(directory);
		await lock.release();
		await t.notThrowsAsync(lock.release());
		t.false(existsSync(directory.lockFile));
	});
}

(flock === undefined ? test.skip : test)('a lock that is released while flock runs leaves no file behind', async (t) => {
	const directory = scratchSandbox(t);
	const lock = new SandboxLock(directory, boot, flock);
	lock.refuseEarly();
	const taking = lock.take(silentLog);
	await lock.release();
	t.deepEqual(readdirSync(directory.path), []);
	await taking;
	t.false(lock.isHeld);
});
