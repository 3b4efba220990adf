import {firstTable} from '../diff/first-table.js';
import type {Namespace} from '../host/namespace.js';
import type {Family} from '../model/link.js';
import type {Picture} from '../model/picture.js';
import {findIpProgram} from '../probe/ip-program.js';
import {checkIpVersion} from '../probe/ip-version.js';
import {readWholeNamespace, type WholeNamespace} from '../probe/read/whole-namespace.js';
import type {RouteTables} from '../probe/route-tables.js';

/** Reads a namespace once, by simple questions. Rejects if `ip` is missing, too old, or does not answer. */
export async function readOnce(
	ip: string,
	namespace: Namespace,
	families: readonly Family[],
	tables?: RouteTables,
): Promise<WholeNamespace> {
	const program = findIpProgram(ip, namespace.own ? undefined : namespace.path, process.env['PATH'] ?? '');
	const reading = readWholeNamespace(program, families, tables);
	// Awaited later: if `ip` is unusable, its version explains more than its answer.
	reading.catch(() => undefined);
	await checkIpVersion(program);
	return reading;
}

/** The picture that a watch would begin with. */
export function pictureOf({links, routes}: WholeNamespace, families: readonly Family[]): Picture {
	const ofFamily = (family: Family) => [family, routes.filter((route) => route.family === family)] as const;
	return {table: firstTable(links, 0), routes: new Map(families.map(ofFamily))};
}
