import {closeSync, constants, existsSync, openSync, readFileSync, statfsSync, statSync} from 'node:fs';
import {isCode, messageOf, NamespaceError} from '../model/errors.js';
import {outputNow} from '../process/output-now.js';

/** Where `ip netns` keeps its names (ip-netns(8)). */
const namesDir = '/var/run/netns';

/** A network namespace to look at. */
export interface Namespace {
	/** Path of its nsfs file. */
	readonly path: string;
	/** Device and inode of that file, which no other living namespace has (namespaces(7)); a later one can have both, see instanceOf(). */
	readonly identity: string;
	/** Whether it is netmon's own, and need not be entered. */
	readonly own: boolean;
	/** Whether it was asked for by name, path or process, and so may cease to be what was meant. */
	readonly named: boolean;
}

const ownPath = '/proc/self/ns/net';

/** NSFS_MAGIC (linux/magic.h): the file system of namespaces, bound to a name or not. */
const nsfsMagic = 0x6e736673;

/** Resolves what `--netns` says: a name of `ip netns`, a path, or a process. */
export function resolveNamespace(option: string | undefined): Namespace {
	const ownIdentity = identityOfOwn();
	if (option === undefined) return {path: ownPath, identity: ownIdentity, own: true, named: false};
	const path = namespacePath(option);
	let identity: string;
	try {
		identity = identityOf(path);
		// First: to open a pipe would wait for its other end.
		if (statfsSync(path).type !== nsfsMagic) throw new Error('it is not a namespace');
		closeSync(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
	} catch (error) {
		throw new NamespaceError(
			`cannot open the network namespace "${option}" (${path}): ${messageOf(error)}`,
			isCode(error, 'EACCES')
				? 'Run netmon as root: this user may not look at it.'
				: 'See "ip netns list" for names; a path or the pid of a process in it does as well.',
			{cause: error},
		);
	}
	return {path, identity, own: identity === ownIdentity, named: true};
}

function identityOfOwn(): string {
	try {
		return identityOf(ownPath);
	} catch (error) {
		throw new NamespaceError(
			`cannot see the own network namespace (${ownPath}): ${messageOf(error)}`,
			'Mount /proc: it tells which namespace is watched, and whether events are lost.',
			{cause: error},
		);
	}
}

/** As `ip link set … netns` reads it: a name goes before a process of the same number. */
export function namespacePath(option: string): string {
	if (option.includes('/')) return option;
	const named = `${namesDir}/${option}`;
	// `pid:PID` is how events name a namespace that only processes have.
	const pid = /^(?:pid:)?(\d+)$/.exec(option)?.[1];
	return pid === undefined || existsSync(named) ? named : `/proc/${pid}/ns/net`;
}

export function identityOf(path: string): string {
	const {dev, ino} = statSync(path);
	return `${dev}:${ino}`;
}

/**
 * Tells a namespace from every other of this boot, also from a later one with the same inode number; undefined where that
 * cannot be found out. It is the inode number of the socket with which the kernel answers for routes and links in this
 * namespace: made with the namespace and gone with it, and taken from a counter of the whole machine (`get_next_ino`, called for
 * `netlink_kernel_create` by `new_inode_pseudo`), where the namespace's own number is reused at once (`proc_alloc_inum`).
 *
 * @param nsenter what can enter a namespace that is known by its path only
 */
export function instanceOf({path, own}: Namespace, nsenter: string | undefined): string | undefined {
	try {
		if (own) return kernelSocket(readFileSync('/proc/self/net/netlink', 'latin1'));
		const process = /^\/proc\/\d+(?=\/ns\/net$)/.exec(path)?.[0];
		if (process !== undefined) return kernelSocket(readFileSync(`${process}/net/netlink`, 'latin1'));
		if (nsenter === undefined) return undefined;
		return kernelSocket(outputNow(nsenter, [`--net=${path}`, '--', 'cat', '/proc/self/net/netlink']));
	} catch {
		return undefined;
	}
}

/** Inode of the socket of protocol NETLINK_ROUTE (0) and port 0, the kernel's (netlink_native_seq_show, net/netlink/af_netlink.c). */
function kernelSocket(table: string): string | undefined {
	return /^[0-9a-f]+ +0 +0 .* (\d+) *$/m.exec(table)?.[1];
}

/** Tells one boot of this machine from another (random(4)). */
export function bootId(): string {
	try {
		return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
	} catch {
		return 'unknown';
	}
}
