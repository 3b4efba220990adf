import type {Event} from '../model/event.js';
import {parseEventLine} from './event-line.js';
import {Fold, type FoldedPicture} from './fold.js';
import {readFrom} from './history.js';
import {listSegments} from './segment.js';

/** The pictures of all namespaces at a moment, by name; '' for a namespace without one. */
export interface PicturesAt {
	readonly pictures: ReadonlyMap<string, FoldedPicture>;
	/** When the journal begins; undefined if it is empty. */
	readonly begins: number | undefined;
}

/** The result of all events up to a moment (milliseconds since 1970). */
export function picturesAt(directory: string, at: number): PicturesAt {
	const segments = listSegments(directory);
	const begins = segments[0]?.begins;
	const segment = segments.findLast((each) => each.begins <= at);
	const fold = new Fold();
	if (segment !== undefined) for (const event of eventsIn(segment.path)) if (Date.parse(event.time) <= at) fold.take(event);
	return {pictures: new Map([...fold.namespaces].map(([name, namespace]) => [name, namespace.picture])), begins};
}

function eventsIn(path: string): readonly Event[] {
	const text = readFrom(path, 0)?.toString('utf8') ?? '';
	return text
		.split('\n')
		.slice(0, -1)
		.flatMap((line) => parseEventLine(line) ?? []);
}
