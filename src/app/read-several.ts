import PQueue from 'p-queue';
import type {FoundNamespace, NamespaceChoice} from '../host/found-namespace.js';
import {identityOf, type Namespace, ownPath, resolveNamespace} from '../host/namespace.js';
import {NamespaceFinder} from '../host/namespace-finder.js';
import {rosterChanges} from '../host/roster.js';
import {messageOf, NamespaceError, SnapshotError} from '../model/errors.js';
import type {Family} from '../model/link.js';
import {findIpProgram, type IpProgram} from '../probe/ip-program.js';
import {checkIpVersion} from '../probe/ip-version.js';
import {readWholeNamespace, type WholeNamespace, withAddressesOf} from '../probe/read/whole-namespace.js';
import {routeTables} from '../probe/route-tables.js';

/** The most namespaces to read at once: each takes some short-lived processes. */
const mostAtOnce = 8;

/** A namespace of a choice, read. */
export interface ReadNamespace {
	readonly found: FoundNamespace;
	readonly program: IpProgram;
	readonly whole: WholeNamespace;
}

interface Reading {
	readonly ip: string;
	readonly families: readonly Family[];
	/** The routing table whose routes are read. */
	readonly table: string;
}

/** @param name as the user has named it; undefined for netmon's own */
export async function readOne({path, identity, own}: Namespace, name: string | undefined, reading: Reading): Promise<ReadNamespace> {
	return readBy(await usableIp(reading.ip, own ? undefined : path), {name, path, identity}, reading);
}

async function readBy(program: IpProgram, found: FoundNamespace, {families, table}: Reading): Promise<ReadNamespace> {
	return {found, program, whole: withAddressesOf(families, await readWholeNamespace(program, families, routeTables(table)))};
}

async function usableIp(ip: string, netns: string | undefined): Promise<IpProgram> {
	const program = findIpProgram(ip, netns, process.env['PATH'] ?? '');
	await checkIpVersion(program);
	return program;
}

/**
 * Reads every namespace of a choice once, in the order in which they are found. If one cannot be read, the others still are.
 *
 * @param onUnread called if a namespace could not be read; with undefined if some cannot even be seen
 */
export async function readSeveral(
	choice: NamespaceChoice,
	reading: Reading,
	onUnread: (found: FoundNamespace | undefined, reason: string) => Promise<void>,
): Promise<readonly ReadNamespace[]> {
	// Each name must exist; a pattern need not match anything.
	for (const name of choice.names) resolveNamespace(name);
	const finder = new NamespaceFinder(choice);
	const {start: found} = rosterChanges([], finder.find(0));
	if (finder.hidesSome) await onUnread(undefined, 'processes of others hide theirs, which takes CAP_SYS_PTRACE to see');
	if (found.length === 0) {
		throw new NamespaceError(`no network namespace fits ${choice.patterns.join(', ')}`, 'See "ip netns list" for names.');
	}
	const base = await usableIp(reading.ip, ownPath);
	const own = identityOf(ownPath);
	const queue = new PQueue({concurrency: mostAtOnce});
	const failures: unknown[] = [];
	const read = await queue.addAll(
		found.map((namespace) => async (): Promise<ReadNamespace | undefined> => {
			const program = {...base, netns: namespace.identity === own ? undefined : namespace.path};
			try {
				return await readBy(program, namespace, reading);
			} catch (error) {
				if (!(error instanceof SnapshotError)) throw error;
				failures.push(error);
				await onUnread(namespace, messageOf(error));
				return undefined;
			}
		}),
	);
	if (failures.length === found.length) throw failures[0];
	return read.filter((each) => each !== undefined);
}
