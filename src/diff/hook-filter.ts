import type {SubjectChange} from '../model/hook.js';
import {type EventChoice, eventFilter} from './event-filter.js';

const topics = ['interface', 'address', 'route'] as const;
const happenings = ['found', 'added', 'changed', 'removed'] as const;

/** The values of `--on`: one kind of event, or all of a topic. */
export type HookKind = (typeof topics)[number] | SubjectChange['event'];

export const hookKinds: readonly HookKind[] = topics.flatMap((topic) => [topic, ...happenings.map((what) => `${topic}-${what}` as const)]);

/** Makes the test for changes that the hook is called for. */
export function hookFilter(on: readonly HookKind[], choice: EventChoice): (change: SubjectChange) => boolean {
	const counts = eventFilter(choice);
	const kinds: ReadonlySet<string> = new Set(on);
	return (change) => (kinds.size === 0 || kinds.has(change.event) || kinds.has(change.event.split('-', 1)[0] ?? '')) && counts(change);
}
