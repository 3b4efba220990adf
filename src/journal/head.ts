import {type Envelope, eventVersion} from '../model/event.js';
import type {Fold} from './fold.js';

/** The current picture as lines; later events do not change them. Each line has the number of the last event before it. */
export function headLines(fold: Fold, at: Date): Iterator<string> {
	const time = at.toISOString();
	const heads = [...fold.namespaces].map(([netns, namespace]) => {
		const envelope: Envelope = {v: eventVersion, time, seq: namespace.seq, ...(netns === '' ? {} : {netns})};
		return {envelope, bodies: namespace.found()};
	});
	return linesOf(heads);
}

function* linesOf(heads: readonly {readonly envelope: Envelope; readonly bodies: readonly object[]}[]): Generator<string> {
	for (const {envelope, bodies} of heads) for (const body of bodies) yield `${JSON.stringify({...envelope, ...body})}\n`;
}
