import {closeSync, constants, existsSync, openSync, readdirSync, readFileSync, statfsSync, statSync} from 'node:fs';
import type {NamespaceIdentity} from '../files/namespace-state.js';
import {isCode, NamespaceError, reasonOf} from '../model/errors.js';
import {findProgram} from '../process/find-program.js';
import {outputNow} from '../process/output-now.js';

/** Where `ip netns` keeps its names (ip-netns(8)). */
const namesDir = '/var/run/netns';

/** A network namespace to look at. */
export interface Namespace {
	/** Path of its nsfs file. */
	readonly path: string;
	/** Device and inode of that file. No other living namespace has both (namespaces(7)), but a later one may: see instanceOf(). */
	readonly identity: string;
	/** Whether it is netmon's own, and need not be entered. */
	readonly own: boolean;
	/** Whether it was given by name, path or process, which may come to mean another namespace. */
	readonly named: boolean;
}

/** The nsfs file of netmon's own namespace. */
export const ownPath = '/proc/self/ns/net';

/** NSFS_MAGIC (linux/magic.h): the file system of namespaces, bound to a name or not. */
export const nsfsMagic = 0x6e736673;

/** What is there is no namespace, or not yet: `ip netns add` makes an empty file first, and mounts a namespace over it. */
class NotNamespaceError extends Error {}

/** As resolveNamespace(), for a name that is waited for: undefined if it has gone since it was found. */
export function namespaceIfThere(option: string | undefined): Namespace | undefined {
	try {
		return resolveNamespace(option);
	} catch (error) {
		const cause = error instanceof NamespaceError ? error.cause : undefined;
		if (cause instanceof NotNamespaceError || isCode(cause, 'ENOENT') || isCode(cause, 'ESRCH')) return undefined;
		throw error;
	}
}

/** Resolves the value of `--netns`: a name of `ip netns`, a path, or a process. */
export function resolveNamespace(option: string | undefined): Namespace {
	const ownIdentity = identityOfOwn();
	if (option === undefined) return {path: ownPath, identity: ownIdentity, own: true, named: false};
	const path = namespacePath(option);
	let identity: string;
	try {
		identity = identityOf(path);
		// Check the type first: opening a pipe would wait for its other end.
		if (statfsSync(path).type !== nsfsMagic) throw new NotNamespaceError('it is not a namespace');
		closeSync(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
	} catch (error) {
		const where = path === option ? '' : ` (${path})`;
		throw new NamespaceError(
			isCode(error, 'ENOENT')
				? `there is no network namespace "${option}"${where}`
				: `cannot open the network namespace "${option}"${where}: ${reasonOf(error)}`,
			isCode(error, 'EACCES') ? 'Run netmon as root: this user may not look at it.' : howToName(option),
			{cause: error},
		);
	}
	return {path, identity, own: identity === ownIdentity, named: true};
}

/** More names than this are no help. */
const mostNames = 8;

function howToName(option: string): string {
	if (option.includes(',') && !option.includes('/')) return 'Give each namespace a --netns of its own.';
	let names: readonly string[] = [];
	try {
		names = readdirSync(namesDir).sort();
	} catch {
		// `ip netns` has made none yet.
	}
	const known =
		names.length === 0
			? 'No namespace has a name here'
			: `There are ${names.slice(0, mostNames).join(', ')}${names.length > mostNames ? ', …' : ''}`;
	return `${known} (ip netns list); a path or the pid of a process in it does as well.`;
}

function identityOfOwn(): string {
	try {
		return identityOf(ownPath);
	} catch (error) {
		throw new NamespaceError(
			`cannot see the own network namespace (${ownPath}): ${reasonOf(error)}`,
			'Mount /proc: it tells which namespace is watched, and whether events are lost.',
			{cause: error},
		);
	}
}

/** As in `ip link set … netns`: a name takes precedence over a process with the same number. */
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

/** Whether two values of `--netns` mean the same namespace now. */
export function isSameNamespace(one: string, other: string): boolean {
	try {
		return one === other || identityOf(namespacePath(one)) === identityOf(namespacePath(other));
	} catch {
		return false;
	}
}

/**
 * Distinguishes a namespace from every other one of this boot, even from a later one with the same inode number; undefined if that is not
 * possible. It is the inode number of the socket with which the kernel answers questions about routes and links in this namespace. The
 * socket is made and removed together with the namespace. Its number comes from a counter of the whole machine (`get_next_ino`, called
 * for `netlink_kernel_create` by `new_inode_pseudo`). The namespace's own number, in contrast, is reused at once (`proc_alloc_inum`).
 *
 * @param nsenter enters a namespace that is known by its path only
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

/** Inode of the kernel's own socket: protocol NETLINK_ROUTE (0), port 0 (netlink_native_seq_show, net/netlink/af_netlink.c). */
function kernelSocket(table: string): string | undefined {
	return /^[0-9a-f]+ +0 +0 .* (\d+) *$/m.exec(table)?.[1];
}

/** What a state on disk recognises this namespace by. */
export function stateIdentity(namespace: Namespace): NamespaceIdentity {
	const nsenter = namespace.own ? undefined : findProgram('nsenter', process.env['PATH'] ?? '');
	return {netns: namespace.identity, instance: instanceOf(namespace, nsenter), boot: bootId()};
}

/** Tells one boot of this machine from another (random(4)). */
function bootId(): string {
	try {
		return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
	} catch {
		return 'unknown';
	}
}
