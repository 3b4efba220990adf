import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {HookProgram} from '../../src/hooks/hook-program.js';
import type {HookCall} from '../../src/model/hook.js';
import {Mortality} from '../../src/process/mortal.js';
import {makeRoute} from '../helpers/records.js';
import {waitFor} from '../helpers/wait.js';

const mortality = new Mortality(process.env['PATH'] ?? '');
const event = {v: 1, time: '2026-11-26T12:03:04.123Z', seq: 1, event: 'route-added', route: makeRoute('default'), cause: 'event'} as const;
const call: HookCall = {op: 'route-added', payload: JSON.stringify(event), event};

function makeProgram(script: string, args: readonly string[] = [], timeLimitMs = 60_000) {
	const lines: string[] = [];
	const command = {path: '/bin/sh', args: ['-c', script, 'hook', ...args], timeLimitMs, mortality};
	const program = new HookProgram(command, {stdout: (line) => lines.push(`1 ${line}`), stderr: (line) => lines.push(`2 ${line}`)});
	return {program, lines};
}

function makeFolder(t: ExecutionContext): string {
	const folder = mkdtempSync(join(tmpdir(), 'netmon-test-'));
	t.teardown(() => rmSync(folder, {recursive: true}));
	return folder;
}

test('a program has the event as one line on its stdin, then the end; its arguments are never read by a shell', async (t) => {
	const {program, lines} = makeProgram('cat; printf "%s\\n" "$#" "$@"', ['a b', '$(id)', '*']);
	t.deepEqual(await program.tell(call), {ok: true});
	t.deepEqual(lines, [`1 ${JSON.stringify(event)}\n`, '1 3\n', '1 a b\n', '1 $(id)\n', '1 *\n']);
});

test('a program that does not read its input is no failure, however long the event is', async (t) => {
	const {program} = makeProgram('exec <&-; exit 0');
	const long = {...call, payload: `"${'x'.repeat(4 * 1024 * 1024)}"`};
	t.deepEqual(await program.tell(long), {ok: true});
	t.deepEqual(await makeProgram('exit 0').program.tell(long), {ok: true});
});

test('what it writes is passed on line by line, and its last stderr is the reason’s', async (t) => {
	const {program, lines} = makeProgram('printf "one\\ntwo"; echo oops >&2; exit 3');
	t.deepEqual(await program.tell(call), {ok: false, reason: 'exit code 3', stderr: 'oops'});
	t.deepEqual(lines.sort(), ['1 one\n', '1 two\n', '2 oops\n']);
});

test('a program that takes too long is killed with its process group', async (t) => {
	const folder = makeFolder(t);
	const {program} = makeProgram('sleep 1000 & echo $! >"$1/child"; wait', [folder], 300);
	t.deepEqual(await program.tell(call), {ok: false, reason: 'no end within 300 ms, killed'});
	const child = readFileSync(join(folder, 'child'), 'utf8').trim();
	await waitFor('the end of its child', () => !isAlive(child));
});

/** A killed process may wait for its parent as a zombie. */
function isAlive(pid: string): boolean {
	return existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

test('what it leaves running in the background goes on, and its end is not waited for', async (t) => {
	const folder = makeFolder(t);
	const {program} = makeProgram('(while [ ! -e "$1/go" ]; do sleep 0.01; done; touch "$1/done") & exit 0', [folder]);
	t.deepEqual(await program.tell(call), {ok: true});
	const {program: second} = makeProgram('touch "$1/go"', [folder]);
	t.deepEqual(await second.tell(call), {ok: true});
	await waitFor('what was left running', () => existsSync(join(folder, 'done')));
});

test('the end of a program that was ended by a signal, or is not there, says so', async (t) => {
	t.deepEqual(await makeProgram('kill -SEGV $$').program.tell(call), {ok: false, reason: 'ended by SIGSEGV'});
	const command = {path: '/nonexistent/hook', args: [], timeLimitMs: 1000, mortality};
	const program = new HookProgram(command, {stdout: () => undefined, stderr: () => undefined});
	const outcome = await program.tell(call);
	t.is(outcome.ok ? '' : outcome.reason, '/nonexistent/hook is not an executable program');
});

test('closing waits for the program that runs, kills it after the grace, and starts no other', async (t) => {
	const quick = makeProgram('sleep 0.1');
	const told = quick.program.tell(call);
	await quick.program.close(10_000);
	t.deepEqual(await told, {ok: true});
	t.false((await quick.program.tell(call)).ok);
	const slow = makeProgram('sleep 1000');
	const killed = slow.program.tell(call);
	await slow.program.close(100);
	t.deepEqual(await killed, {ok: false, reason: 'ended by SIGKILL'});
});
