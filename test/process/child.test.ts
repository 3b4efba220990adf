import {ChildProcess} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {Child, type ChildOptions, type ProcessEnd} from '../../src/process/child.js';
import {collect} from '../../src/process/collect.js';
import {Mortality} from '../../src/process/mortal.js';
import {SpawnError} from '../../src/process/spawn-error.js';
import {waitFor} from '../helpers/wait.js';

const searchPath = process.env['PATH'] ?? '';
const piped = {stdin: 'pipe', stdout: 'pipe'} as const;

function run(script: string, options: ChildOptions = {stdin: 'ignore', stdout: 'pipe'}, mortality = new Mortality(searchPath)) {
	let output = '';
	let errors = '';
	let onEnd: (end: ProcessEnd) => void = () => undefined;
	const end = new Promise<ProcessEnd>((resolve) => {
		onEnd = resolve;
	});
	const child = new Child({file: '/bin/sh', args: ['-c', script]}, mortality, options, {
		onStdout: (chunk) => (output += chunk.toString('utf8')),
		onStderr: (chunk) => (errors += chunk.toString('utf8')),
		onEnd,
	});
	return {child, end, output: () => output, errors: () => errors};
}

test('what a child writes while its output is held comes after that, or when it ends', async (t) => {
	const {child, end, output} = run('echo ready; read -r line; echo one; echo two; read -r line; echo three', {...piped, holdsOutput: true});
	while (output() === '') await new Promise((resolve) => setTimeout(resolve, 5));
	const heldAt = performance.now();
	child.holdOutput(150);
	child.holdOutput(10_000);
	child.write('go\n');
	while (!output().includes('two')) await new Promise((resolve) => setTimeout(resolve, 5));
	t.true(performance.now() - heldAt >= 140);
	child.holdOutput(10_000);
	child.write('go\n');
	await end;
	t.is(output(), 'ready\none\ntwo\nthree\n');
});

test('a child that has closed its output and ended is not deaf, though Node was too busy to see its end', async (t) => {
	let deaf: string | undefined;
	const end = new Promise<ProcessEnd>((onEnd) => {
		const command = {file: '/bin/sh', args: ['-c', 'exec >&-; read -r line']};
		const child = new Child(command, new Mortality(searchPath), {...piped, deafMs: 1000}, {onEnd, onDeaf: (reason) => (deaf = reason)});
		setTimeout(async () => {
			const pid = child.pid ?? 0;
			await waitFor('the end of its output', () => !existsSync(`/proc/${pid}/fd/1`));
			await new Promise((resolve) => setTimeout(resolve, 20));
			child.write('go\n');
			// Longer than a child may be deaf.
			const busyUntil = performance.now() + 1100;
			while (performance.now() < busyUntil || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) {
				Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
			}
		});
	});
	t.deepEqual(await end, {exitCode: 0, signal: undefined});
	t.is(deaf, undefined);
});

/** How children are tied to netmon: by the death signal, or by the pipe. */
const ways = [
	{how: 'a death signal', mortality: () => new Mortality(searchPath)},
	{
		how: 'a pipe',
		mortality() {
			const mortality = new Mortality(searchPath);
			mortality.lacks.learn('death-signal', 'for this test');
			return mortality;
		},
	},
];

for (const {how, mortality} of ways) {
	test(`held by ${how}: all that it wrote is there when its end is told, with its exit code`, async (t) => {
		const {end, output, errors} = run('echo out; echo err >&2; exit 7', undefined, mortality());
		t.deepEqual(await end, {exitCode: 7, signal: undefined});
		t.is(output(), 'out\n');
		t.is(errors(), 'err\n');
	});

	test(`held by ${how}: a signal that ended it is told as that`, async (t) => {
		t.deepEqual(await run('kill -SEGV $$', undefined, mortality()).end, {exitCode: undefined, signal: 'SIGSEGV'});
	});

	test(`held by ${how}: it reads what it is written, and killing it kills its children`, async (t) => {
		const {child, end, output} = run('read -r line; echo "got $line"; sleep 1000 & wait', piped, mortality());
		child.write('a line\n');
		while (output() === '') await new Promise((resolve) => setTimeout(resolve, 5));
		t.is(output(), 'got a line\n');
		child.kill();
		t.is((await end).signal, 'SIGKILL');
	});

	test(`held by ${how}: what a collected program writes is all there`, async (t) => {
		const command = {file: '/bin/sh', args: ['-c', 'echo out; echo err >&2; exit 3']};
		const {exitCode, stdout, stderr} = await collect(command, mortality(), {limitMs: 10_000});
		t.deepEqual([exitCode, stdout.toString(), stderr.toString()], [3, 'out\n', 'err\n']);
	});

	test(`held by ${how}: a collected program that takes too long is killed with its children`, async (t) => {
		const {exitCode, timedOut} = await collect({file: '/bin/sh', args: ['-c', 'sleep 1000 & sleep 1000']}, mortality(), {limitMs: 100});
		t.true(timedOut);
		t.is(exitCode, undefined);
	});
}

const original = ChildProcess.prototype;

/** Makes every start fail as Node does for this code. */
function failStarts(t: ExecutionContext<unknown>, code: string, how: string): void {
	const before: unknown = Reflect.get(original, 'spawn');
	t.teardown(() => Reflect.set(original, 'spawn', before));
	Reflect.set(original, 'spawn', function (this: ChildProcess) {
		const error = Object.assign(new Error(`spawn ${code}`), {code});
		if (how === 'thrown') throw error;
		process.nextTick(() => this.emit('error', error));
	});
}

for (const [code, how, passing] of [
	['EMFILE', 'reported, without streams', true],
	['ENFILE', 'reported, without streams', true],
	['EAGAIN', 'thrown', true],
	['ENOMEM', 'thrown', true],
	['ETXTBSY', 'thrown', true],
	['EACCES', 'reported, without streams', false],
	['ENOENT', 'reported, without streams', false],
] as const) {
	test.serial(`a start that fails with ${code} (${how}) is a SpawnError, and nothing is thrown elsewhere`, async (t) => {
		failStarts(t, code, how);
		const {child, end} = run('true');
		child.write('x');
		child.endInput();
		const {failure} = await end;
		t.true(failure instanceof SpawnError);
		t.is(failure?.code, code);
		t.is(failure?.passing, passing);
		t.is(child.pid, undefined);
		child.close();
		const error = await t.throwsAsync(collect({file: '/bin/true', args: []}, new Mortality(searchPath), {limitMs: 1000}), {
			instanceOf: SpawnError,
		});
		t.is(error?.code, code);
	});
}

test.serial('a child that is closed before it could be started says no more', async (t) => {
	failStarts(t, 'EMFILE', 'reported, without streams');
	const {child, end} = run('true');
	child.close();
	const first = await Promise.race([end, new Promise((resolve) => setTimeout(() => resolve('silence'), 50))]);
	t.is(first, 'silence');
});
