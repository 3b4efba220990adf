import {changesBetween, narrowed, type Side, withoutNature} from '../diff/compare.js';
import {type ChangeBody, eventVersion} from '../model/event.js';
import type {DiffOptions} from '../options/diff-options.js';
import {wantsColours} from '../report/colour.js';
import {isTerminal} from '../report/descriptor.js';
import {bodyLine} from '../report/lines.js';
import {complain, print} from '../report/print.js';
import {visibleText} from '../text/byte-text.js';
import {readSide} from './diff-side.js';

/** Prints the changes that turn A into B. Resolves to the exit code: 0 if there are none, 1 if there are. */
export async function showDiff(options: DiffOptions): Promise<number> {
	const [first, second] = options.sides;
	const a = await readSide(first, options);
	// Without B and --netns, compare with the namespace that the journal is about.
	const nowOfA = options.againstNow && options.netns === undefined && a.netns !== undefined;
	const b = await readSide(nowOfA ? {kind: 'namespace', netns: a.netns} : second, options);
	const same = options.againstNow || (a.namespace !== undefined && a.namespace === b.namespace);
	const isNow = nowOfA || [first, second].some(({kind}) => kind === 'namespace');
	const common = (side: Side) => [{families: options.families}, a.kept, b.kept].reduce<Side>(narrowed, isNow ? ofMainTable(side) : side);
	const [left, right] = [common(a), common(b)];
	const lacksMain = [left, right].some(({routes}, index) => routes === undefined && [a, b][index]?.routes !== undefined);
	const notes = new Set([a.note, b.note, lacksMain ? 'one side has no routes of the main table: only interfaces are compared' : undefined]);
	for (const note of notes) if (note !== undefined) await complain(`Note: ${visibleText(note)}\n`);
	const changes =
		same || options.exact
			? changesBetween(left, right, same ? 'same namespace' : 'two namespaces')
			: changesBetween(...withoutNature(left, right), 'two namespaces');
	const colours = wantsColours(options.color, isTerminal(1), process.env);
	const columns = Math.max(
		0,
		...changes.map((change) => ('route' in change ? 'route' : 'interface' in change ? change.interface.ifname : change.ifname).length),
	);
	const text = changes.map((change) => (options.json ? `${JSON.stringify(plain(change))}\n` : bodyLine(change, columns, colours))).join('');
	if (text !== '') await print(text);
	return changes.length === 0 ? 0 : 1;
}

/** A namespace is read with its main table, so only that can be compared. Without routes of it the other side is about other tables. */
function ofMainTable({links, routes}: Side): Side {
	const main = routes?.filter(({table}) => table === 'main');
	return {links, routes: main?.length === 0 && routes?.length !== 0 ? undefined : main};
}

/** Without cause and time, which are unknown. */
function plain({cause: _, ...change}: ChangeBody): object {
	return {v: eventVersion, ...change};
}
