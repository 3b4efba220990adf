import {type ChildProcess, execFileSync, spawn} from 'node:child_process';
import {readlinkSync} from 'node:fs';
import type {ExecutionContext} from 'ava';
import type {TestNamespace} from '../helpers/namespace.js';
import {waitFor} from '../helpers/wait.js';

/** A mount namespace for the test. Its network namespace is the given one. */
export interface TestMounts extends TestNamespace {
	/** Runs a program in it, and returns its stdout. Throws with its stderr if it fails. */
	run(file: string, args: readonly string[]): string;
	/** Runs a shell script in it, likewise. */
	sh(script: string): string;
}

/** Mounts in it are not visible outside. It is gone when the test ends. */
export async function makeMounts(t: ExecutionContext<unknown>, namespace: TestNamespace): Promise<TestMounts> {
	const holder: ChildProcess = spawn(...namespace.command('unshare', ['--mount', 'setpriv', '--pdeathsig', 'KILL', 'sleep', 'infinity']), {
		stdio: 'ignore',
	});
	t.teardown(() => holder.kill('SIGKILL'));
	const {pid} = holder;
	if (pid === undefined) throw new Error('no process could be started to hold mounts');
	const outside = readlinkSync(`/proc/${namespace.pid}/ns/mnt`);
	await waitFor('the mounts', () => {
		try {
			return readlinkSync(`/proc/${pid}/ns/mnt`) !== outside && readlinkSync(`/proc/${pid}/exe`).includes('sleep');
		} catch {
			return false;
		}
	});
	const enter = (program: string, rest: readonly string[]): [string, string[]] => {
		// For an ordinary user the mounts belong to the user namespace, so enter that first.
		const [file, args] = namespace.command('nsenter', [`--mount=/proc/${pid}/ns/mnt`, '--', program, ...rest]);
		return [file, args];
	};
	const run = (program: string, args: readonly string[]) =>
		execFileSync(...enter(program, args), {encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']});
	return {...namespace, command: enter, run, sh: (script) => run('sh', ['-ec', script])};
}
