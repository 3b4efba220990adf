import deepDiff from 'deep-diff';
import type {Difference} from '../model/event.js';
import type {Address, Link} from '../model/link.js';
import type {Route} from '../model/route.js';

/**
 * What changed in a link itself; its addresses have their own events. Ignores `link`, its relatives and M-DOWN: they follow another link
 * and the kernel sends no event (print_link_flags in ip/ipaddress.c derives M-DOWN from the parent's state).
 */
export function linkDifferences(before: Link, after: Link): Difference[] {
	const {addr_info: _a, link: _l, link_index: _i, link_netnsid: _n, flags: oldFlags, ...old} = before;
	const {addr_info: _b, link: _m, link_index: _j, link_netnsid: _o, flags: newFlags, ...fresh} = after;
	return [...flagsDifference(withoutParents(oldFlags), withoutParents(newFlags)), ...fieldDifferences(old, fresh)];
}

export function addressDifferences(before: Address, after: Address): Difference[] {
	return fieldDifferences({...before}, {...after});
}

export function routeDifferences(before: Route, after: Route): Difference[] {
	const {flags: oldFlags, ...old} = before;
	const {flags: newFlags, ...fresh} = after;
	return [...flagsDifference(oldFlags, newFlags), ...fieldDifferences(old, fresh)];
}

function withoutParents(flags: readonly string[]): readonly string[] {
	return flags.includes('M-DOWN') ? flags.filter((flag) => flag !== 'M-DOWN') : flags;
}

/** Flags are a set: their order means nothing. */
function flagsDifference(before: readonly string[], after: readonly string[]): Difference[] {
	const added = after.filter((flag) => !before.includes(flag));
	const removed = before.filter((flag) => !after.includes(flag));
	return added.length === 0 && removed.length === 0 ? [] : [{field: 'flags', added, removed}];
}

type Fields = Readonly<Record<string, unknown>>;

/** Loads deep-diff, which dist/ reads at its first use (build.mjs). Call it after the first picture. */
export function prepareDifferences(): void {
	deepDiff.diff({}, {});
}

/** deep-diff finds differences at any depth; a reader needs the whole value of the field. */
function fieldDifferences(before: Fields, after: Fields): Difference[] {
	const fields = new Set((deepDiff.diff(before, after) ?? []).map(({path}) => String(path?.[0])));
	return [...fields].map((field) => ({
		field,
		...(Object.hasOwn(before, field) ? {before: before[field]} : {}),
		...(Object.hasOwn(after, field) ? {after: after[field]} : {}),
	}));
}
