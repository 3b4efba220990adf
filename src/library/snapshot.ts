import {resolveNamespace} from '../host/namespace.js';
import {type InterfaceRecord, interfaceRecord} from '../model/event.js';
import type {Family} from '../model/link.js';
import type {Route} from '../model/route.js';
import {findIpProgram} from '../probe/ip-program.js';
import {checkIpVersion} from '../probe/ip-version.js';
import {readWholeNamespace, withAddressesOf} from '../probe/read/whole-namespace.js';
import {routeTables} from '../probe/route-tables.js';
import {checkSettings} from './check-settings.js';

/** What to read; everything has a default. */
export interface SnapshotSettings {
	/** A name of `ip netns`, a path, or a pid; default: the process's own namespace. */
	readonly netns?: string;
	/** Of addresses and routes; default: both. */
	readonly families?: readonly Family[];
	/** The routing table whose routes are read: a name or number, or `all`; default: `main`. */
	readonly table?: string;
	/** The program `ip` of iproute2; default: `ip`, looked up in PATH. */
	readonly ip?: string;
}

/** What is there now, in the records of events. */
export interface Snapshot {
	readonly interfaces: readonly InterfaceRecord[];
	/** In the order of `ip route show`: that in which the kernel prefers them. */
	readonly routes: readonly Route[];
	/** What could not be read, or not in full. */
	readonly warnings: readonly string[];
}

/**
 * Reads a network namespace once.
 *
 * @throws {TypeError} if a setting is of a wrong kind
 * @throws {UserError} if the namespace cannot be opened, there is no usable `ip`, or `ip` does not answer
 */
export async function snapshot(settings: SnapshotSettings = {}): Promise<Snapshot> {
	checkSettings('snapshot', settings);
	const {netns, families = ['inet', 'inet6'], table = 'main', ip = 'ip'} = settings;
	const namespace = resolveNamespace(netns);
	const program = findIpProgram(ip, namespace.own ? undefined : namespace.path, process.env['PATH'] ?? '');
	await checkIpVersion(program);
	const {links, routes, warnings} = withAddressesOf(families, await readWholeNamespace(program, families, routeTables(table, 'table')));
	return {
		interfaces: links.map(interfaceRecord),
		routes,
		warnings: warnings.map(({message, facts}) => [message, ...Object.entries(facts).map(([key, value]) => `${key} ${value}`)].join(', ')),
	};
}
