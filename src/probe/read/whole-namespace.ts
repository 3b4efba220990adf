import {isObject, type JsonObject} from '../../json/fields.js';
import {SnapshotError} from '../../model/errors.js';
import {interfaceRecord} from '../../model/event.js';
import type {Family, Link} from '../../model/link.js';
import {silentLog} from '../../model/log.js';
import type {Route} from '../../model/route.js';
import {textOfLatin1} from '../../text/byte-text.js';
import {AdaptiveQueries} from '../ask/adaptive-queries.js';
import type {IpProgram} from '../ip-program.js';
import {mainTable, type RouteTables} from '../route-tables.js';
import {linkOf} from './link.js';
import {routeOf} from './route.js';
import {Sick} from './sick.js';
import {SnapshotReader} from './snapshot.js';

/** A namespace read once: the checked records, and the output of `ip`. */
export interface WholeNamespace {
	readonly links: readonly Link[];
	readonly routes: readonly Route[];
	/** The objects of `ip` with all their keys, and what an event's record adds. Names are text. */
	readonly raw: {readonly interfaces: readonly JsonObject[]; readonly routes: readonly JsonObject[]};
	/** What could not be read, or not in full. */
	readonly warnings: readonly Warning[];
}

export interface Warning {
	readonly message: string;
	readonly facts: object;
}

const tries = 5;

/** Rejects with a SnapshotError. A dump that was interrupted is read again; the last one is taken as it is. */
export async function readWholeNamespace(
	program: IpProgram,
	families: readonly Family[],
	tables: RouteTables = mainTable,
): Promise<WholeNamespace> {
	const queries = new AdaptiveQueries(program, silentLog);
	let objects: readonly JsonObject[] = [];
	const warnings: Warning[] = [];
	const sick = new Sick({...silentLog, warn: (facts, message) => warnings.push({message, facts})});
	const reader = new SnapshotReader(queries, {
		sick,
		tables,
		onObjects: (shown) => {
			objects = shown;
		},
	});
	try {
		const links = await whole(() => reader.readLinks());
		const interfaces = objects.map((object) => ({...interfaceRecord(linkOf(object, 'ip addr show')), ...withText(object)}));
		const lists: {readonly routes: readonly Route[]; readonly raw: readonly JsonObject[]}[] = [];
		for (const family of families) {
			objects = [];
			const routes = await whole(() => reader.readRoutes(family));
			lists.push({routes, raw: objects.map((object) => ({...routeOf(object, family, 'ip route show', tables.name), ...withText(object)}))});
		}
		return {
			links,
			routes: lists.flatMap(({routes}) => routes),
			raw: {interfaces, routes: lists.flatMap(({raw}) => raw)},
			warnings,
		};
	} finally {
		queries.close();
	}
}

/** The same with the addresses of these families only, as `ip -4` and `ip -6` show them. */
export function withAddressesOf(families: readonly Family[], read: WholeNamespace): WholeNamespace {
	const counts = (address: unknown) => isObject(address) && families.some((family) => family === address['family']);
	return {
		...read,
		links: read.links.map((link) => ({...link, addr_info: link.addr_info.filter(counts)})),
		raw: {
			...read.raw,
			interfaces: read.raw.interfaces.map((link) =>
				Array.isArray(link['addr_info']) ? {...link, addr_info: link['addr_info'].filter(counts)} : link,
			),
		},
	};
}

async function whole<Entry>(read: () => Promise<{entries: readonly Entry[]; complete: boolean}>): Promise<readonly Entry[]> {
	let dump = await read();
	for (let left = tries - 1; !dump.complete && left > 0; left -= 1) dump = await read();
	if (!dump.complete) throw new SnapshotError('the namespace changes all the time, every dump was interrupted');
	return dump.entries;
}

/** Decodes every string from bytes to text. */
function withText(object: JsonObject): JsonObject {
	return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, textIn(value)]));
}

function textIn(value: unknown): unknown {
	if (typeof value === 'string') return textOfLatin1(value);
	if (Array.isArray(value)) return value.map(textIn);
	return isObject(value) ? withText(value) : value;
}
