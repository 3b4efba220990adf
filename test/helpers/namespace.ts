import {type ChildProcess, execFileSync, spawn, spawnSync} from 'node:child_process';
import {readlinkSync} from 'node:fs';
import anyTest, {type ExecutionContext, type TestFn} from 'ava';
import {waitFor} from './wait.js';

const isRoot = process.getuid?.() === 0;
const unshare = isRoot ? ['--net'] : ['--map-root-user', '--net'];

/** The `ip` that the tests use themselves, to make things happen; `NETMON_TEST_IP` is for netmon only. */
const ipProgram = 'ip';

/** Why no namespace can be made here; undefined where one can. */
export const whyNoNamespace: string | undefined = (() => {
	const tried = spawnSync('unshare', [...unshare, 'ip', 'link', 'show', 'lo'], {encoding: 'utf8'});
	if (tried.status === 0) return undefined;
	return (tried.error?.message ?? tried.stderr.trim()) || `unshare ended with ${tried.status}`;
})();

if (whyNoNamespace !== undefined) {
	process.stderr.write(`skipped: tests that need a network namespace, for none can be made here: ${whyNoNamespace}\n`);
}

/** A namespace of the test's own, in which things can be made to happen. */
export interface TestNamespace {
	/** A process that is in it and does nothing. */
	readonly pid: number;
	/** Runs `ip` in it; a line is split at spaces. Throws with its stderr where it fails. */
	ip(line: string | readonly string[]): string;
	/** Runs many `ip` commands in one process. */
	batch(lines: readonly string[]): void;
	/** The command line that runs a program in it. */
	command(file: string, args: readonly string[]): [string, string[]];
	/** Ends the process that holds it. */
	close(): void;
}

export async function makeNamespace(): Promise<TestNamespace> {
	const holder: ChildProcess = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', ...unshare, 'sleep', 'infinity'], {stdio: 'ignore'});
	const {pid} = holder;
	if (pid === undefined) throw new Error('no process could be started to hold a namespace');
	const own = readlinkSync('/proc/self/ns/net');
	await waitFor('the namespace', () => {
		try {
			return readlinkSync(`/proc/${pid}/ns/net`) !== own && readlinkSync(`/proc/${pid}/exe`).includes('sleep');
		} catch {
			return false;
		}
	});
	const enter = isRoot ? [`--net=/proc/${pid}/ns/net`] : ['--user', '--net', '--preserve-credentials', '--target', String(pid)];
	const command = (file: string, args: readonly string[]): [string, string[]] => ['nsenter', [...enter, '--', file, ...args]];
	const run = (args: readonly string[], input?: string | Buffer) => {
		const [file, rest] = command(ipProgram, args);
		return execFileSync(file, rest, {encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'], ...(input === undefined ? {} : {input})});
	};
	run(['link', 'set', 'lo', 'up']);
	return {
		pid,
		ip: (line) => run(typeof line === 'string' ? line.split(' ') : line),
		batch: (lines) => void run(['-batch', '-'], Buffer.from(`${lines.join('\n')}\n`, 'latin1')),
		command,
		close: () => void holder.kill('SIGKILL'),
	};
}

const test = anyTest as TestFn<unknown>;

/** Declares a test that is handed a namespace and surely leaves none behind; skipped, and said so, where none can be made. */
export function namespaceTest(title: string, run: (t: ExecutionContext<unknown>, namespace: TestNamespace) => Promise<void>): void {
	const declare = whyNoNamespace === undefined ? test.serial : test.serial.skip;
	declare(title, async (t) => {
		const namespace = await makeNamespace();
		t.teardown(() => namespace.close());
		await run(t, namespace);
	});
}
