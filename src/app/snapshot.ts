import {guestOf} from '../diff/guest.js';
import {selectRoutes} from '../diff/list-routes.js';
import {announcedAtStart, type Rules} from '../diff/rules.js';
import {trackFirst} from '../diff/track-links.js';
import {resolveNamespace} from '../host/namespace.js';
import {exitCode} from '../model/errors.js';
import type {SnapshotOptions} from '../options/snapshot-options.js';
import {findIpProgram} from '../probe/ip-program.js';
import {checkIpVersion} from '../probe/ip-version.js';
import {readWholeNamespace, type WholeNamespace} from '../probe/read/whole-namespace.js';
import {snapshotTable} from '../report/snapshot-table.js';
import {interfacePayload, RoutesPayload} from '../runtime/payload.js';

/** Reads the namespace once and prints it. Resolves to the exit code. */
export async function takeSnapshot(options: SnapshotOptions): Promise<number> {
	const namespace = resolveNamespace(options.netns);
	const program = findIpProgram(options.ip, namespace.own ? undefined : namespace.path, process.env['PATH'] ?? '');
	const reading = readWholeNamespace(program, options.families);
	// Awaited in its turn: what an unusable `ip` answers says less than what it is.
	reading.catch(() => undefined);
	await checkIpVersion(program);
	const whole = await reading;
	const text = print(whole, options);
	// A pipe takes 64 KiB at once: exiting before the rest is written would lose it.
	await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
	return exitCode.done;
}

function print(whole: WholeNamespace, {families, form, profile}: SnapshotOptions): string {
	if (form === 'table') return snapshotTable(whole.links, whole.routes);
	if (form === 'json') return `${JSON.stringify(whole.raw)}\n`;
	const rules: Rules = {families, onChange: 'ignore', addressWaitMs: 0, kernelRoutes: profile === 'kata-1.5'};
	const table = trackFirst(whole.links, 0);
	const announced = announcedAtStart(table, families);
	const interfaces = announced.map(({record}) => interfacePayload(record, profile));
	const {routes} = selectRoutes(whole.routes, guestOf(table, announced), rules);
	return `{"interfaces":[${interfaces.join(',')}],"routes":${new RoutesPayload(profile).of(routes)}}\n`;
}
