import type {RouteSplice} from '../model/picture.js';
import type {NextHop, Route} from '../model/route.js';

/**
 * The one range in which two route lists differ; undefined if they are equal. Routes that a new dump repeats unchanged are the same
 * objects as before (probe/read/route-dump.ts), so comparing identity settles most of them.
 */
export function spliceBetween(before: readonly Route[], after: readonly Route[]): RouteSplice | undefined {
	const most = Math.min(before.length, after.length);
	let head = 0;
	while (head < most && sameRoute(before[head], after[head])) head += 1;
	let tail = 0;
	while (tail < most - head && sameRoute(before[before.length - 1 - tail], after[after.length - 1 - tail])) tail += 1;
	const removed = before.slice(head, before.length - tail);
	const added = after.slice(head, after.length - tail);
	return removed.length === 0 && added.length === 0 ? undefined : {start: head, removed, added};
}

/** Applies a splice of the routes to a list that is parallel to them. */
export function spliced<Entry>(list: readonly Entry[], {start, removed}: RouteSplice, added: readonly Entry[]): Entry[] {
	// Not splice(...added): a hundred thousand arguments overflow the stack.
	return list.slice(0, start).concat(added, list.slice(start + removed.length));
}

function sameRoute(a: Route | undefined, b: Route | undefined): boolean {
	if (a === b) return true;
	if (a === undefined || b === undefined || a.dst !== b.dst || !sameHop(a, b)) return false;
	return (
		a.family === b.family &&
		a.type === b.type &&
		a.from === b.from &&
		a.prefsrc === b.prefsrc &&
		a.protocol === b.protocol &&
		a.scope === b.scope &&
		a.metric === b.metric &&
		a.tos === b.tos &&
		a.table === b.table &&
		a.nhid === b.nhid &&
		sameHops(a.nexthops, b.nexthops) &&
		JSON.stringify(a.metrics) === JSON.stringify(b.metrics)
	);
}

type Hop = Pick<NextHop, 'gateway' | 'via' | 'dev' | 'flags' | 'encap'>;

function sameHop(a: Hop, b: Hop): boolean {
	return (
		a.gateway === b.gateway &&
		a.dev === b.dev &&
		a.encap === b.encap &&
		a.via?.host === b.via?.host &&
		a.via?.family === b.via?.family &&
		(a.flags === b.flags || a.flags.join() === b.flags.join())
	);
}

function sameHops(a: readonly NextHop[] = [], b: readonly NextHop[] = []): boolean {
	return (
		a.length === b.length &&
		a.every((hop, index) => {
			const other = b[index];
			return other !== undefined && hop.weight === other.weight && sameHop(hop, other);
		})
	);
}
