import {changesBetween, inTablesOf, narrowed, type Side, withoutNature} from '../diff/compare.js';
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
	const a = await readSide(first, options, second);
	// Without B and --netns, compare with the namespace that the journal is about.
	const nowOfA = options.againstNow && options.netns === undefined && a.netns !== undefined;
	const b = await readSide(nowOfA ? {kind: 'namespace', netns: a.netns} : second, options, first);
	for (const note of new Set([a.note, b.note])) if (note !== undefined) await complain(`Note: ${visibleText(note)}\n`);
	const same = (options.againstNow && first.kind !== 'namespace') || (a.namespace !== undefined && a.namespace === b.namespace);
	const common = (side: Side) => [{families: options.families}, a.kept, b.kept].reduce<Side>(narrowed, side);
	const [left, right] = [common(a.everyTable ? inTablesOf(b, a) : a), common(b.everyTable ? inTablesOf(a, b) : b)];
	const changes =
		same || options.exact
			? changesBetween(left, right, same ? 'same namespace' : 'two namespaces')
			: changesBetween(...withoutNature(left, right), 'two namespaces');
	const colours = wantsColours(options.color, isTerminal(1), process.env);
	const columns = changes.reduce((most, change) => Math.max(most, subjectOf(change).length), 0);
	const text = changes.map((change) => (options.json ? `${JSON.stringify(plain(change))}\n` : bodyLine(change, columns, colours))).join('');
	if (text !== '') await print(text);
	return changes.length === 0 ? 0 : 1;
}

function subjectOf(change: ChangeBody): string {
	return 'route' in change ? 'route' : 'interface' in change ? change.interface.ifname : change.ifname;
}

/** Without cause and time, which are unknown. */
function plain({cause: _, ...change}: ChangeBody): object {
	return {v: eventVersion, ...change};
}
