import {firstTable} from '../diff/first-table.js';
import {guestOf} from '../diff/guest.js';
import {selectRoutes} from '../diff/list-routes.js';
import {announcedAtStart} from '../diff/rules.js';
import {resolveNamespace} from '../host/namespace.js';
import {exitCode} from '../model/errors.js';
import type {Rules} from '../model/rules.js';
import type {SnapshotOptions} from '../options/snapshot-options.js';
import {type Warning, type WholeNamespace, withAddressesOf} from '../probe/read/whole-namespace.js';
import {routeTables} from '../probe/route-tables.js';
import {complain, print} from '../report/print.js';
import {snapshotTable} from '../report/snapshot-table.js';
import {interfacePayload, routePayload} from '../runtime/payload.js';
import {visibleText} from '../text/byte-text.js';
import {readOnce} from './read-once.js';

/** Reads the namespaces once and prints them. Resolves to the exit code. */
export async function takeSnapshot(options: SnapshotOptions): Promise<number> {
	if (options.several !== undefined || options.form === 'dot' || options.form === 'mermaid') {
		// Loaded when needed: a snapshot of one namespace starts without it.
		const {severalText} = await import('./snapshot-several.js');
		await print(await severalText(options, warn));
		return exitCode.done;
	}
	const {families} = options;
	const whole = withAddressesOf(
		families,
		await readOnce(options.ip, resolveNamespace(options.netns), families, routeTables(options.table)),
	);
	for (const warning of whole.warnings) await warn(warning);
	await print(textOf(whole, options));
	return exitCode.done;
}

/** @param netns the namespace that it is about, if there are several */
function warn({message, facts}: Warning, netns?: string): Promise<void> {
	const shown = Object.entries(facts).map(([key, value]) => `${key} ${value}`);
	const about = netns === undefined ? [] : [`namespace ${netns}`];
	return complain(`${visibleText(`Warning: ${[message, ...about, ...shown].join(', ')}`)}\n`);
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
