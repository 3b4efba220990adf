import {readdirSync, readFileSync} from 'node:fs';
import {isCode} from '../model/errors.js';
import {findProgram} from './find-program.js';
import {hasEnded} from './has-ended.js';
import {Lacks} from './lacks.js';
import type {SpawnError} from './spawn-error.js';

export interface Command {
	readonly file: string;
	readonly args: readonly string[];
}

/** Kills the process group when netmon's end of the pipe (descriptor 3) closes. A line on the pipe means that all is well. */
const watcher = '(read -r _ || kill -9 0) <&3 >/dev/null 2>&1 &';

/** When setpriv starts a program, these errors mean that setpriv itself is gone or not executable. */
const setprivGone: ReadonlySet<string> = new Set(['ENOENT', 'EACCES', 'ENOEXEC']);

/**
 * Starts children so that none outlives netmon, even if netmon is killed by SIGKILL. Uses setpriv, which asks the kernel to send SIGKILL
 * when the parent dies (PR_SET_PDEATHSIG, prctl(2)). If that is not possible, a shell leaves a watcher in the child's process group, at
 * the cost of one more process for each child.
 */
export class Mortality {
	readonly setpriv: string | undefined;
	readonly lacks: Lacks;
	#proven = false;

	constructor(searchPath: string, lacks = new Lacks()) {
		this.setpriv = findProgram('setpriv', searchPath);
		this.lacks = lacks;
	}

	/** Whether the kernel ends the children; else a pipe does. */
	get bySignal(): boolean {
		return this.setpriv !== undefined && !this.lacks.has('death-signal');
	}

	/** Whether setpriv is known to work, so that it will not refuse. */
	get proven(): boolean {
		return this.#proven;
	}

	/** A child that was started by setpriv has done something. */
	prove(): void {
		this.#proven = true;
	}

	/**
	 * @param readsInput whether the child reads its stdin, which ends with netmon, and then ends itself. Any other child must check whether
	 * netmon died before the signal was requested.
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

	/** Whether setpriv itself could not be started. If so, the pipe is used from now on. */
	blameStart(error: SpawnError): boolean {
		if (!this.bySignal || !setprivGone.has(error.code)) return false;
		this.lacks.learn('death-signal', error.message);
		return true;
	}

	/**
	 * Whether a child ended because setpriv does not know the option: it exits with 1 and prints its own name (`setpriv: unrecognized
	 * option: pdeathsig`). If it cannot run the program, it exits with 126 or 127.
	 */
	blameEnd(exitCode: number | undefined, stderr: string): boolean {
		if (this.proven || exitCode !== 1 || !this.complains(stderr)) return false;
		this.lacks.learn('death-signal', stderr.split('\n', 1)[0] ?? '');
		return true;
	}

	/** Whether setpriv itself wrote this. */
	complains(stderr: string): boolean {
		return stderr.startsWith('setpriv: ');
	}

	/**
	 * Whether the kernel has cleared the death signal of a living child. It does so at execve(2) if the new program has ids or capabilities
	 * that netmon does not have (commit_creds, kernel/cred.c; begin_new_exec, fs/exec.c).
	 */
	blameProgram(pid: number, program: string): boolean {
		if (!this.bySignal || !gainsPrivileges(pid)) return false;
		this.lacks.learn('death-signal', `${program} has file capabilities or set-id bits`);
		return true;
	}
}

/**
 * Whether a process has gained privileges: its ids differ, it has more capabilities, or its own user cannot see its descriptors. The last
 * holds because such a process is not dumpable (proc(5), /proc/PID/fd), even after it has dropped its privileges, as `ip` does at once
 * (drop_cap, lib/utils.c). Nor can it see those of a process that has ended (task_dump_owner, fs/proc/base.c).
 */
function gainsPrivileges(pid: number): boolean {
	try {
		const [child, own] = [readFileSync(`/proc/${pid}/status`, 'latin1'), readFileSync('/proc/self/status', 'latin1')];
		if (['Uid', 'Gid'].some((name) => field(child, name) !== field(own, name))) return true;
		if ((capabilities(child) & ~capabilities(own)) !== 0n) return true;
		readdirSync(`/proc/${pid}/fd`);
		return false;
	} catch (error) {
		// Any other error: it has ended, or there is no /proc.
		return isCode(error, 'EACCES') && !hasEnded(pid);
	}
}

function capabilities(status: string): bigint {
	return BigInt(`0x${field(status, 'CapPrm') || '0'}`);
}

function field(status: string, name: string): string {
	return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
}
