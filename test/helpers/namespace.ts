import {type ChildProcess, execFileSync, spawn, spawnSync} from 'node:child_process';
import {readdirSync, readlinkSync} from 'node:fs';
import anyTest, {type ExecutionContext, type TestFn} from 'ava';
import {reportSkipped} from './skipped.js';
import {waitFor} from './wait.js';

const isRoot = process.getuid?.() === 0;
const unshare = isRoot ? ['--net'] : ['--map-root-user', '--net'];

/** The `ip` that the tests use to change things. `NETMON_TEST_IP` is for netmon only. */
const ipProgram = 'ip';

/** Why no namespace can be made on this machine; undefined if one can. */
export const whyNoNamespace: string | undefined = (() => {
	const tried = spawnSync('unshare', [...unshare, 'ip', 'link', 'show', 'lo'], {encoding: 'utf8'});
	if (tried.status === 0) return undefined;
	const said = (tried.error?.message ?? tried.stderr.trim()) || `unshare exited with ${tried.status}`;
	return `no network namespace can be made here: ${said}`;
})();

/** Why these `ip` commands fail in a namespace here (the kernel lacks a kind, for example); undefined if they work. */
export function whyNotHere(lines: readonly string[]): string | undefined {
	if (whyNoNamespace !== undefined) return whyNoNamespace;
	const tried = spawnSync('unshare', [...unshare, ipProgram, '-batch', '-'], {encoding: 'utf8', input: `${lines.join('\n')}\n`});
	return tried.status === 0 ? undefined : (tried.stderr.split('\n')[0] ?? 'unknown');
}

/** A network namespace that the test has made. */
export interface TestNamespace {
	/** An idle process in it. */
	readonly pid: number;
	/** Runs `ip` in it. A line is split at spaces. Throws with the stderr of `ip` if it fails. */
	ip(line: string | readonly string[]): string;
	/** Runs many `ip` commands with one process. */
	batch(lines: readonly string[]): void;
	/** The command line that runs a program in it. */
	command(file: string, args: readonly string[]): [string, string[]];
	/** The processes in it, except the idle one. */
	processes(): number[];
	/** Kills the idle process. The namespace goes when its last process has ended. */
	close(): void;
}

/** @param inside makes it from inside this namespace, so that an ordinary user has privileges over both */
export async function makeNamespace(inside?: TestNamespace): Promise<TestNamespace> {
	// setpriv comes last: the kernel clears the death signal when a process enters a user namespace (prctl(2)).
	const hold = ['setpriv', '--pdeathsig', 'KILL', 'sleep', 'infinity'];
	const [file, args] = inside === undefined ? ['unshare', [...unshare, ...hold]] : inside.command('unshare', ['--net', ...hold]);
	const holder: ChildProcess = spawn(file, args, {stdio: 'ignore'});
	const {pid} = holder;
	if (pid === undefined) throw new Error('no process could be started to hold a namespace');
	const others = [readlinkSync('/proc/self/ns/net'), ...(inside === undefined ? [] : [readlinkSync(`/proc/${inside.pid}/ns/net`)])];
	const own = await waitFor('the namespace', () => {
		try {
			const found = readlinkSync(`/proc/${pid}/ns/net`);
			return !others.includes(found) && readlinkSync(`/proc/${pid}/exe`).includes('sleep') ? found : undefined;
		} catch {
			return undefined;
		}
	});
	const enter = isRoot ? [`--net=/proc/${pid}/ns/net`] : ['--user', '--net', '--preserve-credentials', '--target', String(pid)];
	const command = (program: string, rest: readonly string[]): [string, string[]] => ['nsenter', [...enter, '--', program, ...rest]];
	const run = (words: readonly string[], input?: string | Buffer) => {
		const [program, rest] = command(ipProgram, words);
		return execFileSync(program, rest, {encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'], ...(input === undefined ? {} : {input})});
	};
	run(['link', 'set', 'lo', 'up']);
	return {
		pid,
		ip: (line) => run(typeof line === 'string' ? line.split(' ') : line),
		batch: (lines) => void run(['-batch', '-'], Buffer.from(`${lines.join('\n')}\n`, 'latin1')),
		command,
		processes: () => processesIn(own).filter((other) => other !== pid),
		close: () => void holder.kill('SIGKILL'),
	};
}

function processesIn(netns: string): number[] {
	return readdirSync('/proc')
		.filter((entry) => /^\d+$/.test(entry))
		.map(Number)
		.filter((pid) => {
			try {
				return readlinkSync(`/proc/${pid}/ns/net`) === netns;
			} catch {
				// It has ended, or this user may not look at it.
				return false;
			}
		});
}

const test = anyTest as TestFn<unknown>;

type NamespaceRun = (t: ExecutionContext<unknown>, namespace: TestNamespace) => Promise<void>;

/** Declares a test that needs what these `ip` commands make. It is skipped and counted where the kernel refuses one of them. */
export function namespaceTestWhere(lines: readonly string[], title: string, run: NamespaceRun): void {
	namespaceTestIf(whyNotHere(lines), title, run);
}

/** Declares a test that is skipped and counted if there is a reason why it cannot run here. */
export function namespaceTestIf(why: string | undefined, title: string, run: NamespaceRun): void {
	if (isSkipped(title, why)) {
		test.serial.skip(title, async (t) => t.pass());
		return;
	}
	test.serial(title, async (t) => {
		const namespace = await makeNamespace();
		t.teardown(() => namespace.close());
		await run(t, namespace);
	});
}

/**
 * Declares a test that gets its own namespace, which is removed afterwards. The test is skipped and counted if no namespace can be made.
 */
export function namespaceTest(title: string, run: NamespaceRun): void {
	namespaceTestIf(undefined, title, run);
}

/** Whether a test has to be skipped for this reason, or because no namespace can be made here. If so, it is counted. */
export function isSkipped(title: string, why?: string): boolean {
	if (whyNoNamespace !== undefined) reportSkipped(title, whyNoNamespace, 'namespaces');
	else if (why !== undefined) reportSkipped(title, why);
	return whyNoNamespace !== undefined || why !== undefined;
}
