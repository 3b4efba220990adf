import type {AnnouncedRecord, EntryFinder} from '../model/announced.js';
import type {InterfaceTable, LinkIdentity, TrackedLink} from '../model/interface-table.js';
import type {InterfaceReason} from '../model/reason.js';
import type {Rules} from '../model/rules.js';
import {judge} from './rules.js';

export interface Wish {
	readonly tracked: TrackedLink;
	readonly record: AnnouncedRecord;
	readonly reason: InterfaceReason;
}

/** The interfaces that the runtime should have. */
export interface Wishes {
	/** By ifindex. Use `wishFor` to check the incarnation too. */
	readonly wanted: ReadonlyMap<number, Wish>;
	/** By ifindex: the time of the engine's clock from which the link is wanted if nothing changes. */
	readonly waiting: ReadonlyMap<number, number>;
}

export const noWishes: Wishes = {wanted: new Map(), waiting: new Map()};

/** Judges these links again, and leaves all other wishes as they are. */
export function judgeWishes(
	wishes: Wishes,
	ifindices: Iterable<number>,
	table: InterfaceTable,
	entryOf: EntryFinder,
	rules: Rules,
	now: number,
): Wishes {
	const wanted = new Map(wishes.wanted);
	const waiting = new Map(wishes.waiting);
	for (const ifindex of ifindices) {
		const tracked = table.get(ifindex);
		const verdict = tracked && judge(tracked, entryOf(ifindex, tracked.incarnation), rules, now);
		if (tracked !== undefined && verdict?.decision === 'wanted')
			wanted.set(ifindex, {tracked, record: verdict.record, reason: verdict.reason});
		else wanted.delete(ifindex);
		if (verdict?.decision === 'waiting') waiting.set(ifindex, verdict.until);
		else waiting.delete(ifindex);
	}
	return {wanted, waiting};
}

export function wishFor({wanted}: Pick<Wishes, 'wanted'>, identity: LinkIdentity): Wish | undefined {
	const wish = wanted.get(identity.ifindex);
	return wish?.tracked.incarnation === identity.incarnation ? wish : undefined;
}

/** The links whose wait is over. */
export function overdue({waiting}: Wishes, now: number): number[] {
	return [...waiting].flatMap(([ifindex, until]) => (until <= now ? [ifindex] : []));
}

/** When the next wait is over; undefined if nothing waits. */
export function nextWish({waiting}: Wishes): number | undefined {
	return waiting.size === 0 ? undefined : Math.min(...waiting.values());
}
