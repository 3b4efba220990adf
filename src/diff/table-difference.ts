import type {InterfaceTable, TrackedLink} from '../model/interface-table.js';
import {comparedOnce} from './compared-once.js';

/** Where two interface tables do not hold the very same objects. */
export interface TableDifference {
	/** What the later one holds, beside what the earlier one has under this index. */
	readonly moved: readonly {readonly before: TrackedLink | undefined; readonly after: TrackedLink}[];
	/** What the earlier one holds under indices that the later one has not. */
	readonly gone: readonly TrackedLink[];
}

/** Of a thousand interfaces one changes; all that follows from it begins here. */
export const compareTables = comparedOnce((earlier: InterfaceTable, later: InterfaceTable): TableDifference => {
	if (earlier === later) return {moved: [], gone: []};
	const moved: TableDifference['moved'][number][] = [];
	let kept = 0;
	for (const [ifindex, after] of later) {
		const before = earlier.get(ifindex);
		if (before !== undefined) kept += 1;
		if (before !== after) moved.push({before, after});
	}
	const gone = kept === earlier.size ? [] : [...earlier.values()].filter(({link}) => !later.has(link.ifindex));
	return {moved, gone};
});

/** The same of a table and one made from it, in which nothing else was touched than what has these indices. */
export function differenceAt(touched: Iterable<number>, earlier: InterfaceTable, later: InterfaceTable): TableDifference {
	const moved: TableDifference['moved'][number][] = [];
	const gone: TrackedLink[] = [];
	for (const ifindex of new Set(touched)) {
		const before = earlier.get(ifindex);
		const after = later.get(ifindex);
		if (after !== undefined && before !== after) moved.push({before, after});
		if (after === undefined && before !== undefined) gone.push(before);
	}
	return {moved, gone};
}
