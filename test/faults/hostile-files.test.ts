import {execFileSync} from 'node:child_process';
import {
	chmodSync,
	chownSync,
	existsSync,
	lstatSync,
	mkdirSync,
	readFileSync,
	statSync,
	symlinkSync,
	truncateSync,
	writeFileSync,
} from 'node:fs';
import {dirname, join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {namespaceTest} from '../helpers/namespace.js';
import {programCommand, runToEnd, startWatch, testIp} from '../helpers/netmon.js';
import {RecordingRuntime} from '../helpers/runtime.js';
import {guestAfter} from './consumer.js';
import {makeLink} from './links.js';
import {untilLogged} from './log-lines.js';
import {peakMemory} from './processes.js';

const isRoot = process.getuid?.() === 0;

function runtimeOf(t: ExecutionContext<unknown>): RecordingRuntime {
	const runtime = new RecordingRuntime();
	t.teardown(() => runtime.close());
	return runtime;
}

/** What somebody may have put in place of a file. */
const hostile: readonly (readonly [string, (path: string) => void])[] = [
	['a pipe', (path) => void execFileSync('mkfifo', [path])],
	['a link to /dev/zero', (path) => symlinkSync('/dev/zero', path)],
	['a file of a terabyte', (path) => hugeFile(path)],
	['a file that others may write', (path) => writeFileSync(path, '{"format":1}', {mode: 0o666})],
	...(isRoot ? [['a file of another user', (path: string) => foreignFile(path)] as const] : []),
];

function hugeFile(path: string): void {
	writeFileSync(path, '', {mode: 0o640});
	truncateSync(path, 2 ** 40);
}

function foreignFile(path: string): void {
	writeFileSync(path, '{"format":1}', {mode: 0o640});
	chownSync(path, 65534, 65534);
}

const names = ['sb1/announced.json', 'sb1/announced.json.new', 'sb1/call.json', 'sb1/call.json.new', 'sb1/shared.json', '.checked-ip.json'];

for (const [what, make] of hostile) {
	namespaceTest(`${what} in the place of any file of netmon’s own is not waited for, followed or read (story 36)`, async (t, namespace) => {
		const runtime = runtimeOf(t);
		mkdirSync(join(runtime.stateDir, 'sb1'), {recursive: true, mode: 0o750});
		for (const name of names) make(join(runtime.stateDir, name));
		// The umask may have removed the bit that makes it hostile.
		if (what.includes('may write')) for (const name of names) chmodSync(join(runtime.stateDir, name), 0o666);
		const {netmon} = await startWatch(t, namespace, {runtime});
		await untilLogged(netmon, 'state is set aside, the start is a fresh one', 2);
		makeLink(namespace, 'a0', 1);
		await runtime.until('a0', (calls) => guestAfter(calls).interfaces.includes('a0') && calls.at(-1)?.op === 'update-routes');
		t.true(peakMemory(netmon.pid) < 200, `${peakMemory(netmon.pid)} MiB`);
		t.is(await netmon.stop(), 0);
		for (const name of ['sb1/announced.json', '.checked-ip.json']) {
			t.true(lstatSync(join(runtime.stateDir, name)).isFile(), name);
			t.true(readFileSync(join(runtime.stateDir, name), 'utf8').startsWith('{"'), name);
		}
	});
}

for (const [what, make] of hostile.filter(([name]) => name === 'a pipe' || name.includes('user'))) {
	namespaceTest(`${what} in the place of the lock is refused, not waited for, and named`, async (t, namespace) => {
		const runtime = runtimeOf(t);
		const lock = join(runtime.stateDir, 'sb1/netmon.lock');
		mkdirSync(dirname(lock), {recursive: true, mode: 0o750});
		make(lock);
		const args = ['watch', '-s', 'sb1', '-r', runtime.path, '--state-dir', runtime.stateDir];
		const {code, stderr} = await runToEnd(namespace.command(...programCommand('netmon', args)), testIp);
		t.is(code, 2, stderr);
		t.true(stderr.startsWith('Error: cannot ') && stderr.includes(lock), stderr);
	});
}

namespaceTest('a state directory of another mode gets mode 750, and that is logged', async (t, namespace) => {
	const runtime = runtimeOf(t);
	const folder = join(runtime.stateDir, 'sb1');
	mkdirSync(folder, {recursive: true});
	chmodSync(folder, 0o777);
	const {netmon} = await startWatch(t, namespace, {runtime});
	const [line] = await untilLogged(netmon, 'the mode of the state directory was changed to 750');
	t.like(line, {path: folder, mode: '777'});
	t.is((statSync(folder).mode & 0o777).toString(8), '750');
	t.is(await netmon.stop(), 0);
});

if (isRoot) {
	namespaceTest('a state directory of another user is refused', async (t, namespace) => {
		const runtime = runtimeOf(t);
		const folder = join(runtime.stateDir, 'sb1');
		mkdirSync(folder, {recursive: true, mode: 0o750});
		chownSync(folder, 65534, 65534);
		const args = ['watch', '-s', 'sb1', '-r', runtime.path, '--state-dir', runtime.stateDir];
		const {code, stderr} = await runToEnd(namespace.command(...programCommand('netmon', args)), testIp);
		t.is(code, 2, stderr);
		t.true(stderr.startsWith(`Error: cannot use the state directory ${folder}: it belongs to user 65534\n`), stderr);
	});
}

for (const [what, make] of hostile.filter(([name]) => !name.includes('terabyte') && !name.includes('may write'))) {
	namespaceTest(`--record with ${what}: exit code 2 at once, and nothing is written there`, async (t, namespace) => {
		const runtime = runtimeOf(t);
		const path = join(runtime.folder, 'recording');
		make(path);
		const {code, stderr} = await runToEnd(namespace.command(...programCommand('netmon', ['watch', '--record', path])), testIp);
		t.is(code, 2, stderr);
		t.true(stderr.startsWith(`Error: cannot write ${path}: `) && stderr.includes('--record FILE'), stderr);
		t.true(existsSync(path));
	});
}

namespaceTest('--record replaces the content of a file that is there', async (t, namespace) => {
	const runtime = runtimeOf(t);
	const path = join(runtime.folder, 'recording');
	writeFileSync(path, 'former '.repeat(10_000));
	const {netmon, fence} = await startWatch(t, namespace, {runtime, args: ['--record', path]});
	await fence();
	t.is(await netmon.stop(), 0);
	const lines = readFileSync(path, 'utf8').split('\n');
	t.true(lines[0]?.startsWith('{"what":"run"'));
	t.true(lines.length > 3);
	for (const line of lines.slice(0, -1)) t.notThrows(() => JSON.parse(line), line);
});
