import type {HookMemory, Subject} from '../model/hook.js';
import {natureOf} from './link-nature.js';
import {isOtherLink} from './track-link.js';

/** An incarnation that no existing link has. */
const gone = -1;

/**
 * Translates what an earlier run told into the incarnations of this run, which counts from the start. Nobody watched in between: an
 * interface counts as the same if its index, kind and hardware address are.
 */
export function recallSubjects({told, tried, found}: HookMemory, now: ReadonlyMap<string, Subject>): HookMemory {
	const incarnations = new Map<number, number>();
	for (const [key, subject] of [...tried, ...told]) {
		if (subject?.kind !== 'interface') continue;
		const current = now.get(key);
		const same = current?.kind === 'interface' && !isOtherLink(natureOf(subject.link), natureOf(current.link), true);
		incarnations.set(subject.link.ifindex, same ? current.incarnation : gone);
	}
	const recall = (subject: Subject): Subject => {
		if (subject.kind === 'route') return subject;
		const ifindex = subject.kind === 'interface' ? subject.link.ifindex : subject.ifindex;
		return {...subject, incarnation: incarnations.get(ifindex) ?? gone};
	};
	return {
		told: new Map([...told].map(([key, subject]) => [key, recall(subject)])),
		tried: new Map([...tried].map(([key, subject]) => [key, subject && recall(subject)])),
		found,
	};
}
