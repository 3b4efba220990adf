import {firstTable} from '../diff/first-table.js';
import {guestOf} from '../diff/guest.js';
import {selectRoutes} from '../diff/list-routes.js';
import {announcedAtStart} from '../diff/rules.js';
import {resolveNamespace} from '../host/namespace.js';
import {exitCode} from '../model/errors.js';
import type {Rules} from '../model/rules.js';
import type {SnapshotOptions} from '../options/snapshot-options.js';
import type {Warning, WholeNamespace} from '../probe/read/whole-namespace.js';
import {routeTables} from '../probe/route-tables.js';
import {complain, print} from '../report/print.js';
import {snapshotTable} from '../report/snapshot-table.js';
import {interfacePayload, routePayload} from '../runtime/payload.js';
import {visibleText} from '../text/byte-text.js';
import {readOnce} from './read-once.js';

/** Reads the namespace once and prints it. Resolves to the exit code. */
export async function takeSnapshot(options: SnapshotOptions): Promise<number> {
	const namespace = resolveNamespace(options.netns);
	const whole = await readOnce(options.ip, namespace, options.families, routeTables(options.table));
	for (const warning of whole.warnings) complain(warningLine(warning));
	await print(textOf(whole, options));
	return exitCode.done;
}

function warningLine({message, facts}: Warning): string {
	const shown = Object.entries(facts).map(([key, value]) => `${key} ${value}`);
	return `${visibleText(`Warning: ${[message, ...shown].join(', ')}`)}
`;
}

function textOf(whole: WholeNamespace, {families, form, profile}: SnapshotOptions): string {
	if (form === 'table') return snapshotTable(whole.links, whole.routes);
	if (form === 'json') return `${JSON.stringify(whole.raw)}\n`;
	const rules: Rules = {families, onChange: 'ignore', addressWaitMs: 0, kernelRoutes: profile === 'kata-1.5'};
	const table = firstTable(whole.links, 0);
	const announced = announcedAtStart(table, families);
	const interfaces = announced.map(({record}) => interfacePayload(record, profile));
	const {routes} = selectRoutes(whole.routes, guestOf(table, announced), rules);
	return `{"interfaces":[${interfaces.join(',')}],"routes":[${routes.map((route) => routePayload(route, profile)).join(',')}]}\n`;
}
