import type {Namespace} from '../host/namespace.js';
import type {Family} from '../model/link.js';
import {findIpProgram} from '../probe/ip-program.js';
import {checkIpVersion} from '../probe/ip-version.js';
import {readWholeNamespace, type WholeNamespace} from '../probe/read/whole-namespace.js';

/** Reads a namespace once, by simple questions. Rejects if `ip` is missing, too old, or does not answer. */
export async function readOnce(ip: string, namespace: Namespace, families: readonly Family[]): Promise<WholeNamespace> {
	const program = findIpProgram(ip, namespace.own ? undefined : namespace.path, process.env['PATH'] ?? '');
	const reading = readWholeNamespace(program, families);
	// Awaited later: if `ip` is unusable, its version explains more than its answer.
	reading.catch(() => undefined);
	await checkIpVersion(program);
	return reading;
}
