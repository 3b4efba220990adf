import type {Family} from '../model/link.js';
import {recordNow} from './record.js';
import type {Wish, Wishes} from './wishes.js';

/**
 * Removes duplicate names from the wishes. An interface that was renamed after it was announced keeps its old name in the guest. If
 * another interface is to be announced under that name, the first one is replaced under its new name, regardless of `--on-change`. The
 * new name may be the old name of a third one. Names are unique in the namespace, so this ends.
 */
export function withoutNameClashes(desired: Wishes, families: readonly Family[]): Wishes {
	const renamed = [...desired.wanted.values()].filter(isRenamed);
	if (renamed.length === 0) return desired;
	const counts = new Map<string, number>();
	const count = (name: string, more: number) => counts.set(name, (counts.get(name) ?? 0) + more);
	for (const {record} of desired.wanted.values()) count(record.name, 1);
	const wanted = new Map(desired.wanted);
	for (let clash = takeClash(renamed, counts); clash !== undefined; clash = takeClash(renamed, counts)) {
		const {tracked, record} = clash;
		const {link} = tracked;
		count(record.name, -1);
		count(link.ifname, 1);
		const {name} = record;
		wanted.set(link.ifindex, {tracked, record: recordNow(link, families, record), reason: {code: 'gave-up-name', name}});
	}
	return {...desired, wanted};
}

function isRenamed({tracked, record}: Wish): boolean {
	return record.name !== tracked.link.ifname;
}

/** Takes out one interface whose old name is also the name of another. */
function takeClash(renamed: Wish[], counts: ReadonlyMap<string, number>): Wish | undefined {
	const at = renamed.findIndex(({record}) => (counts.get(record.name) ?? 0) > 1);
	return at < 0 ? undefined : renamed.splice(at, 1)[0];
}
