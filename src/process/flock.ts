import {type ChildProcess, type SpawnSyncReturns, spawn, spawnSync} from 'node:child_process';
import {isCode, messageOf} from '../model/errors.js';

/**
 * How an attempt to lock a descriptor ended. `cannot now` is for failures that pass (no process can be started). `unusable` is for those
 * that do not: no flock(1), or a file system without locks.
 */
export type FlockEnd = {readonly what: 'locked' | 'busy' | 'unusable'} | {readonly what: 'cannot now'; readonly reason: string};

/**
 * Locks a descriptor of this process with flock(1) of util-linux or busybox, because Node has no such call. The lock belongs to the open
 * file description (flock(2)), which the child shares. It stays when the child ends, and goes with the last copy of the descriptor. Node
 * opens files with O_CLOEXEC, so no other child has a copy.
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

/** The same, synchronously. */
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
	// A process group of its own, so that Ctrl-C on the terminal goes to netmon only.
	return {stdio, env: {LC_ALL: 'C'}, detached: true};
}

/** flock(1) exits with 1 if another process has the lock; for everything else it uses codes of sysexits.h. */
function endOf(code: number | null, signal: NodeJS.Signals | null): FlockEnd {
	if (code === 0) return {what: 'locked'};
	if (code === 1) return {what: 'busy'};
	return signal === null ? {what: 'unusable'} : {what: 'cannot now', reason: `flock was ended by ${signal}`};
}

function notStarted(error: unknown): FlockEnd {
	const lacking = ['ENOENT', 'EACCES', 'ENOEXEC'].some((code) => isCode(error, code));
	return lacking ? {what: 'unusable'} : {what: 'cannot now', reason: messageOf(error)};
}
