import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {HookProgram} from '../../src/hooks/hook-program.js';
import type {HookCall} from '../../src/model/hook.js';
import {Mortality} from '../../src/process/mortal.js';
import {isAlive} from '../faults/processes.js';
import {makeRoute} from '../helpers/records.js';
import {waitFor} from '../helpers/wait.js';

const mortality = new Mortality(process.env['PATH'] ?? '');
const event = {v: 1, time: '2026-11-26T12:03:04.123Z', seq: 1, event: 'route-added', route: makeRoute('default'), cause: 'event'} as const;
const call: HookCall = {op: 'route-added', payload: JSON.stringify(event), event};

function makeProgram(script: string, args: readonly string[] = [], timeLimitMs = 60_000) {
	const lines: string[] = [];
	const command = {path: '/bin/sh', args: ['-c', script, 'hook', ...args], mortality};
	const program = new HookProgram(
		command,
		{timeLimitMs, prepares: false},
		{stdout: (line) => lines.push(`1 ${line}`), stderr: (line) => lines.push(`2 ${line}`)},
	);
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
	const child = join(folder, 'child');
	// A busy machine may take longer than that to start its child.
	for (let limitMs = 300; !existsSync(child) && limitMs < 60_000; limitMs *= 10) {
		const {program} = makeProgram('sleep 1000 & echo $! >"$1/new"; mv "$1/new" "$1/child"; wait', [folder], limitMs);
		t.deepEqual(await program.tell(call), {ok: false, reason: `no end within ${limitMs} ms, killed`});
	}
	const pid = Number(readFileSync(child, 'utf8'));
	await waitFor('the end of its child', () => !isAlive(pid));
});

test('what it leaves running in the background goes on, whatever it prints, and its end is not waited for', async (t) => {
	const folder = makeFolder(t);
	const {program} = makeProgram('(while [ ! -e "$1/go" ]; do sleep 0.01; done; echo out; echo err >&2; touch "$1/done") & exit 0', [
		folder,
	]);
	t.deepEqual(await program.tell(call), {ok: true});
	const {program: second} = makeProgram('touch "$1/go"', [folder]);
	t.deepEqual(await second.tell(call), {ok: true});
	await waitFor('what was left running', () => existsSync(join(folder, 'done')));
});

test('the end of a program that was ended by a signal, or is not there, says so', async (t) => {
	t.deepEqual(await makeProgram('kill -SEGV $$').program.tell(call), {ok: false, reason: 'ended by SIGSEGV'});
	const command = {path: '/nonexistent/hook', args: [], mortality};
	const program = new HookProgram(command, {timeLimitMs: 1000, prepares: false}, {stdout: () => undefined, stderr: () => undefined});
	const outcome = await program.tell(call);
	t.is(outcome.ok ? '' : outcome.reason, '/nonexistent/hook is not an executable program: there is no such file');
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

test('a shell that waits becomes the program of the next call; one that has died is replaced; none is left', async (t) => {
	const folder = makeFolder(t);
	const lines: string[] = [];
	const command = {path: '/bin/sh', args: ['-c', 'echo $$ $NETMON_EVENT_DST; cat >"$0/input"', folder], mortality};
	const output = {stdout: (line: string) => lines.push(line), stderr: (line: string) => lines.push(line)};
	const program = new HookProgram(command, {timeLimitMs: 10_000, prepares: true}, output);
	t.teardown(() => program.close(0));
	program.prepare();
	const [waiting] = await waitFor('the shell', () => shellsOf(folder).length === 1 && shellsOf(folder));
	t.deepEqual(await program.tell(call), {ok: true});
	t.is(readFileSync(join(folder, 'input'), 'utf8'), `${JSON.stringify(event)}\n`);
	t.deepEqual(lines, [`${waiting} default\n`]);
	const [next = 0] = await waitFor('the next shell', () => shellsOf(folder).length === 1 && shellsOf(folder));
	process.kill(next, 'SIGKILL');
	await waitFor('its end', () => shellsOf(folder).length === 0);
	// Until its end has been seen, a call counts as ended by a signal, and is retried.
	await waitFor('a call that is made', async () => (await program.tell(call)).ok);
	await waitFor('the next shell', () => shellsOf(folder).length === 1);
	await program.close(1000);
	await waitFor('the end of the shell', () => shellsOf(folder).length === 0);
});

/** This process's children with this text in their command line. */
function shellsOf(text: string): number[] {
	return readdirSync('/proc')
		.filter((entry) => /^\d+$/.test(entry))
		.map(Number)
		.filter((pid) => {
			try {
				return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(text);
			} catch {
				return false;
			}
		});
}

test('names that are not UTF-8 reach the environment byte for byte', async (t) => {
	const folder = makeFolder(t);
	const {program} = makeProgram('printf %s "$NETMON_EVENT_DEV" >"$1/dev"', [folder]);
	const route = makeRoute('default', {dev: 'a\udcff\u00e4'});
	t.deepEqual(await program.tell({...call, event: {...event, route}}), {ok: true});
	t.is(readFileSync(join(folder, 'dev'), 'latin1'), 'a\xff\xc3\xa4');
});
