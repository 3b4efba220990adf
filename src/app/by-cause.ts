import type {Found} from '../journal/history.js';
import type {Event} from '../model/event.js';

/** An event, and how many causes are printed above it. */
export interface ShownEvent {
	readonly event: Event;
	readonly depth: number;
}

interface Node {
	readonly event: Event;
	readonly effects: Node[];
}

/** Puts each event under its cause. The cause is shown even if it was not asked for. */
export function byCause(found: readonly Found[]): readonly ShownEvent[] {
	const roots: Node[] = [];
	const nodes = new Map<string, Node>();
	const nodeOf = (event: Event, causes: readonly Event[]): Node => {
		const known = nodes.get(keyOf(event));
		// A process that is started again counts from 1 again.
		if (known !== undefined && known.event.time === event.time) return known;
		const node: Node = {event, effects: []};
		const [cause, ...others] = causes;
		if (cause === undefined) roots.push(node);
		else nodeOf(cause, others).effects.push(node);
		if (event.event !== 'dropped') nodes.set(keyOf(event), node);
		return node;
	};
	for (const {event, causes} of found) nodeOf(event, causes);
	return roots.flatMap((root) => flattened(root, 0));
}

function flattened({event, effects}: Node, depth: number): ShownEvent[] {
	return [{event, depth}, ...effects.flatMap((effect) => flattened(effect, depth + 1))];
}

function keyOf({seq, netns}: Event): string {
	return `${seq} ${netns ?? ''}`;
}
