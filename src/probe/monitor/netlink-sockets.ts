import {readdirSync, readFileSync, readlinkSync} from 'node:fs';

export interface ListeningSocket {
	readonly drops: number;
	readonly unreadBytes: number;
}

/** Columns of /proc/PID/net/netlink (netlink_native_seq_show, net/netlink/af_netlink.c). */
const column = {groups: 3, unread: 4, drops: 8, inode: 9} as const;

/**
 * Inodes of the sockets that a process has opened. A shell or a wrapper script may have started `ip`: of the process and its children, the
 * one with the most sockets counts. Those below descriptor 3 do not: they are Node's pipes to the child.
 */
export function openSockets(pid: number): string[] {
	const own = socketsOf(pid);
	if (own.length >= 2) return own;
	return childrenOf(pid)
		.map(openSockets)
		.reduce((most, other) => (other.length > most.length ? other : most), own);
}

/** The netlink socket with a subscription; undefined if /proc does not show it. */
export function listeningSocket(pid: number): ListeningSocket | undefined {
	try {
		const inodes = new Set(openSockets(pid));
		for (const line of readFileSync(`/proc/${pid}/net/netlink`, 'latin1').split('\n').slice(1)) {
			const cells = line.trim().split(/\s+/);
			const inode = cells[column.inode];
			if (inode === undefined || !inodes.has(inode) || /^0+$/.test(cells[column.groups] ?? '0')) continue;
			return {drops: Number(cells[column.drops]), unreadBytes: Number(cells[column.unread])};
		}
	} catch {
		// The process is gone, or /proc is hidden: nothing is known.
	}
	return undefined;
}

function socketsOf(pid: number): string[] {
	const inodes: string[] = [];
	try {
		for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
			if (Number(descriptor) < 3) continue;
			const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`))?.[1];
			if (inode !== undefined) inodes.push(inode);
		}
	} catch {
		// Gone, or not accessible for this user.
	}
	return inodes;
}

function childrenOf(pid: number): number[] {
	try {
		return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ').filter(Boolean).map(Number);
	} catch {
		return [];
	}
}
