import {readFileSync} from 'node:fs';
import {Fields} from '../json/fields.js';
import {isCode} from '../model/errors.js';

/** A process, distinguished from a later one with the same pid by its start time. */
export interface LockOwner {
	readonly pid: number;
	/** Clock ticks after boot: field 22 of /proc/PID/stat (proc(5)); '' if /proc does not show it. */
	readonly startedAt: string;
	readonly boot: string;
}

export function ownerHere(boot: string): LockOwner {
	return {pid: process.pid, startedAt: startTime(process.pid), boot};
}

/** Undefined if the text is not what a netmon writes in full. */
export function parseOwner(text: string): LockOwner | undefined {
	try {
		const fields = Fields.parse(text, 'lock');
		const owner = {pid: fields.integer('pid'), startedAt: fields.string('startedAt'), boot: fields.string('boot')};
		// For kill(2), 0 means the caller's process group.
		return owner.pid === 0 ? undefined : owner;
	} catch {
		return undefined;
	}
}

/** Whether it lives, as far as this pid namespace can see. */
export function isLiving({pid, startedAt, boot}: LockOwner, ownBoot: string): boolean {
	if (boot !== ownBoot) return false;
	try {
		process.kill(pid, 0);
	} catch (error) {
		if (!isCode(error, 'EPERM')) return false;
	}
	// A zombie has ended, even if its parent has not read its exit code.
	if (statOf(pid)[0] === 'Z') return false;
	const now = startTime(pid);
	return now === '' || startedAt === '' || now === startedAt;
}

function startTime(pid: number): string {
	return statOf(pid)[19] ?? '';
}

/** The fields of /proc/PID/stat from the third on (the state). The second, the program's name, may hold spaces and parentheses. */
function statOf(pid: number): string[] {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
		return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	} catch {
		return [];
	}
}
