import {identityOf, namespacePath, resolveNamespace} from '../host/namespace.js';
import {messageOf} from '../model/errors.js';
import type {SnapshotOptions} from '../options/snapshot-options.js';
import {readNamespaceNumbers} from '../probe/read/namespace-numbers.js';
import type {Warning} from '../probe/read/whole-namespace.js';
import {dotText} from '../report/graph/dot.js';
import type {DrawnNamespace} from '../report/graph/drawn-namespace.js';
import {mermaidText} from '../report/graph/mermaid.js';
import {topologyOf} from '../report/graph/topology.js';
import {snapshotTable} from '../report/snapshot-table.js';
import {visibleText} from '../text/byte-text.js';
import {type ReadNamespace, readOne, readSeveral} from './read-several.js';

type Warn = (warning: Warning, netns?: string) => Promise<void>;

/** The output for several namespaces, or for a graph of one. */
export async function severalText(options: SnapshotOptions, warn: Warn): Promise<string> {
	const {several, netns, form} = options;
	let all = several?.all === true;
	const onUnread = (found: Found | undefined, reason: string) => {
		all = false;
		if (found === undefined) return warn({message: `namespaces without a name may be missing: ${reason}`, facts: {}});
		return warn({message: 'a namespace cannot be read', facts: {reason}}, titleOf(found));
	};
	const read =
		several === undefined ? [await readOne(resolveNamespace(netns), netns, options)] : await readSeveral(several, options, onUnread);
	for (const each of read) for (const warning of each.whole.warnings) await warn(warning, titleOf(each.found));
	if (form === 'json') return read.map(({found, whole}) => `${JSON.stringify({netns: found.name ?? null, ...whole.raw})}\n`).join('');
	if (form === 'table') {
		return read.map(({found, whole}) => `${visibleText(headOf(found))}:\n\n${snapshotTable(whole.links, whole.routes)}`).join('\n');
	}
	const topology = topologyOf(await drawn([...read].sort(inOrder), warn), all);
	return form === 'mermaid' ? mermaidText(topology) : dotText(topology);
}

type Found = ReadNamespace['found'];

function titleOf({name}: Found): string {
	return name ?? 'own namespace';
}

/** The command of its process, and the short form of its container's id. */
function detailOf({process}: Found): string | undefined {
	if (process === undefined) return undefined;
	return process.container === undefined ? process.command : `${process.command} ${process.container.slice(0, 12)}`;
}

function headOf(found: Found): string {
	const detail = detailOf(found);
	return detail === undefined ? titleOf(found) : `${titleOf(found)} (${detail})`;
}

const {compare} = new Intl.Collator('en', {numeric: true});

/** netmon's own first, then by name, pod-2 before pod-10. */
function inOrder({found: one}: ReadNamespace, {found: other}: ReadNamespace): number {
	return compare(one.name ?? '', other.name ?? '');
}

async function drawn(read: readonly ReadNamespace[], warn: Warn): Promise<DrawnNamespace[]> {
	const places = new Map(read.map(({found}, place) => [found.identity, place]));
	return Promise.all(
		read.map(async ({found, whole, program}) => {
			const {links, routes} = whole;
			const detail = detailOf(found);
			const numbers = new Map<number, number | string>();
			// Needed only if a link leads to another namespace.
			if (links.some(({link_netnsid}) => link_netnsid !== undefined)) {
				const names = await readNamespaceNumbers(program).catch(async (error: unknown) => {
					await warn({message: 'cannot read what its link_netnsid numbers stand for', facts: {reason: messageOf(error)}}, titleOf(found));
					return new Map<number, string>();
				});
				for (const [number, name] of names) numbers.set(number, places.get(identityOfName(name)) ?? name);
			}
			return {name: titleOf(found), ...(detail === undefined ? {} : {detail}), links, routes, numbers};
		}),
	);
}

/** '' if it has gone meanwhile. */
function identityOfName(name: string): string {
	try {
		return identityOf(namespacePath(name));
	} catch {
		return '';
	}
}
