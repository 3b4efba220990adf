import {type ChildProcess, type SpawnSyncReturns, spawn, spawnSync} from 'node:child_process';
import {isCode, messageOf} from '../model/errors.js';

/**
 * How a try to lock a descriptor ended. `cannot now` is for what passes (no process can be started), `unusable` for what
 * does not: no flock(1), or a file system that has no locks.
 */
export type FlockEnd = {readonly what: 'locked' | 'busy' | 'unusable'} | {readonly what: 'cannot now'; readonly reason: string};

/**
 * Locks a descriptor of this process by flock(1) of util-linux or busybox, which Node has no call for. The lock is that of
 * the open file description (flock(2)), which the child shares: it stays when the child has ended, and goes with the last
 * copy of the descriptor. Node opens files with O_CLOEXEC, so that no other child has one.
 */
export function flockSoon(program: string, file: number): Promise<FlockEnd> {
	let child: ChildProcess;
	try {
		child = spawn(program, args, options(file));
	} catch (error) {
		return Promise.resolve(notStarted(error));
	}
	return new Promise((resolve) => {
		child.once('error', (error) => resolve(notStarted(error)));
		child.once('exit', (code, signal) => resolve(endOf(code, signal)));
	});
}

/** The same, while everything else waits. */
export function flockNow(program: string, file: number): FlockEnd {
	let ended: SpawnSyncReturns<Buffer>;
	try {
		ended = spawnSync(program, args, {...options(file), timeout: nowLimitMs, killSignal: 'SIGKILL'});
	} catch (error) {
		return notStarted(error);
	}
	return ended.error === undefined ? endOf(ended.status, ended.signal) : notStarted(ended.error);
}

/** The descriptor is 3 in the child. */
const args = ['-n', '3'];
/** It takes a few milliseconds, unless the file system hangs. */
const nowLimitMs = 5000;

function options(file: number) {
	const stdio: ('ignore' | number)[] = ['ignore', 'ignore', 'ignore', file];
	// A process group of its own: a Ctrl-C on the terminal is netmon's to handle.
	return {stdio, env: {LC_ALL: 'C'}, detached: true};
}

/** 1 is what flock(1) ends with when another has the lock; for all else it has codes of sysexits.h. */
function endOf(code: number | null, signal: NodeJS.Signals | null): FlockEnd {
	if (code === 0) return {what: 'locked'};
	if (code === 1) return {what: 'busy'};
	return signal === null ? {what: 'unusable'} : {what: 'cannot now', reason: `flock was ended by ${signal}`};
}

function notStarted(error: unknown): FlockEnd {
	const lacking = ['ENOENT', 'EACCES', 'ENOEXEC'].some((code) => isCode(error, code));
	return lacking ? {what: 'unusable'} : {what: 'cannot now', reason: messageOf(error)};
}
