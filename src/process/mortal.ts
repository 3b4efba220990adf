import {readdirSync, readFileSync} from 'node:fs';
import {isCode} from '../model/errors.js';
import {findProgram} from './find-program.js';
import {Lacks} from './lacks.js';
import type {SpawnError} from './spawn-error.js';

export interface Command {
	readonly file: string;
	readonly args: readonly string[];
}

/** Kills the process group when netmon's end of the pipe (descriptor 3) closes. A line says that all is well. */
const watcher = '(read -r _ || kill -9 0) <&3 >/dev/null 2>&1 &';

/** With setpriv itself a start fails for these reasons only when setpriv is gone or is no program. */
const setprivGone: ReadonlySet<string> = new Set(['ENOENT', 'EACCES', 'ENOEXEC']);

/**
 * How children are started so that none outlives netmon, not even its SIGKILL. By setpriv, which asks the kernel for a SIGKILL
 * at the parent's death (PR_SET_PDEATHSIG, prctl(2)). Where that is lacking, a shell leaves a watcher in the child's process
 * group, which costs one more process a child.
 */
export class Mortality {
	readonly setpriv: string | undefined;
	readonly lacks: Lacks;
	#proven = false;

	constructor(searchPath: string, lacks = new Lacks()) {
		this.setpriv = findProgram('setpriv', searchPath);
		this.lacks = lacks;
	}

	/** Whether children are held by the kernel; else by a pipe. */
	get bySignal(): boolean {
		return this.setpriv !== undefined && !this.lacks.has('death-signal');
	}

	/** Whether setpriv's refusal need no longer be expected. */
	get proven(): boolean {
		return this.#proven;
	}

	/** A child that was started by setpriv has done something. */
	prove(): void {
		this.#proven = true;
	}

	/**
	 * @param readsInput its input ends with netmon, and it with its input. Any other child is made to look whether netmon died
	 * before the signal was asked for.
	 */
	command({file, args}: Command, readsInput: boolean): Command {
		if (this.setpriv === undefined || !this.bySignal) {
			return {file: '/bin/sh', args: ['-c', `${watcher} exec "$@" 3<&-`, 'netmon', file, ...args]};
		}
		const mortal = ['--pdeathsig', 'KILL', '--'];
		if (readsInput) return {file: this.setpriv, args: [...mortal, file, ...args]};
		const script = '[ "$PPID" = "$1" ] || exit 0; shift; exec "$@"';
		return {file: this.setpriv, args: [...mortal, '/bin/sh', '-c', script, 'netmon', String(process.pid), file, ...args]};
	}

	/** Whether setpriv itself could not be started; the pipe is the way from now on. */
	blameStart(error: SpawnError): boolean {
		if (!this.bySignal || !setprivGone.has(error.code)) return false;
		this.lacks.learn('death-signal', error.message);
		return true;
	}

	/**
	 * Whether a child ended because setpriv does not know the option: it exits with 1 and names itself
	 * (`setpriv: unrecognized option: pdeathsig`). When it cannot run the program it exits with 126 or 127.
	 */
	blameEnd(exitCode: number | undefined, stderr: string): boolean {
		if (this.proven || exitCode !== 1 || !this.complains(stderr)) return false;
		this.lacks.learn('death-signal', stderr.split('\n', 1)[0] ?? '');
		return true;
	}

	/** Whether this is what setpriv says of itself. */
	complains(stderr: string): boolean {
		return stderr.startsWith('setpriv: ');
	}

	/**
	 * Whether the kernel has cleared the death signal of a living child. It does so at execve(2) when the new program has ids
	 * or capabilities that netmon has not (commit_creds, kernel/cred.c; begin_new_exec, fs/exec.c).
	 */
	blameProgram(pid: number, program: string): boolean {
		if (!this.bySignal || !gainsPrivileges(pid)) return false;
		this.lacks.learn('death-signal', `${program} has file capabilities or set-id bits`);
		return true;
	}
}

/**
 * Its ids differ, it has more capabilities, or its descriptors are hidden from its own user: a process that has gained privileges is
 * not dumpable (proc(5), /proc/PID/fd), also after it has dropped them again, as `ip` does at once (drop_cap, lib/utils.c).
 */
function gainsPrivileges(pid: number): boolean {
	try {
		const [child, own] = [readFileSync(`/proc/${pid}/status`, 'latin1'), readFileSync('/proc/self/status', 'latin1')];
		if (['Uid', 'Gid'].some((name) => field(child, name) !== field(own, name))) return true;
		if ((capabilities(child) & ~capabilities(own)) !== 0n) return true;
		readdirSync(`/proc/${pid}/fd`);
		return false;
	} catch (error) {
		// Anything else: it has ended, or there is no /proc.
		return isCode(error, 'EACCES');
	}
}

function capabilities(status: string): bigint {
	return BigInt(`0x${field(status, 'CapPrm') || '0'}`);
}

function field(status: string, name: string): string {
	return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
}
