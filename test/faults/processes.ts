import {existsSync, readdirSync, readFileSync, readlinkSync} from 'node:fs';
import {haveNeighbours} from '../helpers/neighbours.js';
import type {Running} from '../helpers/netmon.js';
import {waitFor} from '../helpers/wait.js';

function pids(): number[] {
	return readdirSync('/proc')
		.filter((name) => /^\d+$/.test(name))
		.map(Number);
}

function commandLine(pid: number): string {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').slice(0, -1).join(' ');
	} catch {
		return '';
	}
}

function fieldsOf(pid: number): {readonly state: string; readonly parent: number} | undefined {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
		const [state = '', parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
		return {state, parent: Number(parent)};
	} catch {
		return undefined;
	}
}

/** Whether it runs. A zombie does not count. */
export function isAlive(pid: number): boolean {
	return existsSync(`/proc/${pid}`) && fieldsOf(pid)?.state !== 'Z';
}

/** The living children whose command line matches. */
export function childrenOf(parent: number, matches: RegExp): number[] {
	return pids().filter((pid) => {
		const fields = fieldsOf(pid);
		return fields?.parent === parent && fields.state !== 'Z' && matches.test(commandLine(pid));
	});
}

/** netmon's own `ip monitor`, once it exists; not a shell that starts it. */
export function monitorOf({pid}: Pick<Running, 'pid'>, not?: number): Promise<number> {
	return waitFor('a monitor', () =>
		childrenOf(pid, /\bmonitor label\b/).find(
			(child) => child !== not && !/^setpriv|netmon/.test(commandLine(child)) && (!haveNeighbours || isBeside(child, pid)),
		),
	);
}

function isBeside(pid: number, other: number): boolean {
	try {
		return readlinkSync(`/proc/${pid}/ns/net`) === readlinkSync(`/proc/${other}/ns/net`);
	} catch {
		return false;
	}
}

/** Processes in the network namespace of another one, that one not counted: pid and command line. */
export function processesBeside(holder: number): string[] {
	const namespace = readlinkSync(`/proc/${holder}/ns/net`);
	return processesIn(namespace).filter((text) => !text.startsWith(`${holder} `));
}

export function processesIn(namespace: string): string[] {
	return pids().flatMap((pid) => {
		try {
			return readlinkSync(`/proc/${pid}/ns/net`) === namespace && isAlive(pid) ? [`${pid} ${commandLine(pid)}`] : [];
		} catch {
			return [];
		}
	});
}

/** The most memory that it has used so far, in MiB (VmHWM, proc(5)). */
export function peakMemory(pid: number): number {
	const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
	return Number(kib) / 1024;
}

/** One that has just ended by itself need not be killed. */
export function killAll(pids: readonly number[]): void {
	for (const pid of pids) {
		try {
			process.kill(pid, 'SIGKILL');
		} catch (error) {
			if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
		}
	}
}
