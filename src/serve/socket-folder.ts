import {existsSync, readdirSync, unlinkSync} from 'node:fs';
import {connect} from 'node:net';
import {join} from 'node:path';
import {ownUser} from '../files/own-file.js';
import {isCode} from '../model/errors.js';

const socketForm = /^(\d+)\.sock$/;
/** Of a socket that does not listen yet. No longer than its own name: a path may have so many bytes only. */
const unfinishedForm = /^(\d+)\.new$/;
/** A living netmon accepts at once. A stopped one does not refuse either, and is not stale. */
const connectLimitMs = 1000;

/** The folder with the sockets of this user's netmons; undefined if there is no such folder. */
export function socketFolder(environment: Readonly<Record<string, string | undefined>>): string | undefined {
	if (ownUser() === 0) return '/run/netmon';
	const folder = environment['XDG_RUNTIME_DIR'];
	return folder?.startsWith('/') === true ? join(folder, 'netmon') : undefined;
}

export function socketPath(folder: string, pid: number): string {
	return join(folder, `${pid}.sock`);
}

export function unfinishedPath(path: string): string {
	return path.replace(/\.sock$/, '.new');
}

/** The sockets with a listener, by pid. Removes the others, which a SIGKILL leaves behind. */
export async function livingSockets(folder: string): Promise<ReadonlyMap<number, string>> {
	const living = new Map<number, string>();
	const checks = namesIn(folder).map(async (name) => {
		const pid = socketForm.exec(name)?.[1];
		const path = join(folder, name);
		const unfinishedBy = unfinishedForm.exec(name)?.[1];
		if (unfinishedBy !== undefined && !existsSync(`/proc/${unfinishedBy}`)) remove(path);
		if (pid === undefined) return;
		if (await isStale(path)) remove(path);
		else living.set(Number(pid), path);
	});
	await Promise.all(checks);
	return new Map([...living].sort(([one], [other]) => one - other));
}

function isStale(path: string): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(path);
		const settle = (stale: boolean) => {
			clearTimeout(timer);
			socket.destroy();
			resolve(stale);
		};
		const timer = setTimeout(() => settle(false), connectLimitMs);
		socket.once('connect', () => settle(false));
		socket.once('error', (error) => settle(['ECONNREFUSED', 'ENOTSOCK', 'ENOENT'].some((code) => isCode(error, code))));
	});
}

function namesIn(folder: string): string[] {
	try {
		return readdirSync(folder);
	} catch {
		return [];
	}
}

function remove(path: string): void {
	try {
		unlinkSync(path);
	} catch {
		// Another netmon was quicker.
	}
}
