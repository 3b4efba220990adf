import type {Event} from '../model/event.js';
import {parseEventLine} from './event-line.js';
import {Fold, type FoldedPicture} from './fold.js';
import {segmentFrom} from './history.js';
import {listSegments, type Segment} from './segment.js';

/** The pictures of all namespaces at a moment, by name; '' for a namespace without one. */
export interface PicturesAt {
	readonly pictures: ReadonlyMap<string, FoldedPicture>;
	/** When the journal begins; undefined if it is empty. */
	readonly begins: number | undefined;
	/** The time that is missing around the moment, if segments have been removed. */
	readonly gap: {readonly from: number; readonly to: number} | undefined;
}

/** The result of all events up to a moment (milliseconds since 1970). */
export function picturesAt(directory: string, at: number): PicturesAt {
	const segments = listSegments(directory);
	const begins = segments[0]?.begins;
	const index = segments.findLastIndex((each) => each.begins <= at);
	const [segment, next] = index < 0 ? [] : segments.slice(index);
	const fold = new Fold();
	const events = segment === undefined ? [] : eventsIn(segment.path);
	// Events are in the order of causes, even if the clock was set back.
	const count = events.findLastIndex(({time}) => Date.parse(time) <= at) + 1;
	for (const event of events.slice(0, count)) fold.take(event);
	const pictures = new Map([...fold.namespaces].map(([name, namespace]) => [name, namespace.picture] as const));
	return {pictures, begins, gap: count < events.length ? undefined : gapBetween(segment, next, events.at(-1))};
}

function gapBetween(segment: Segment | undefined, next: Segment | undefined, last: Event | undefined): PicturesAt['gap'] {
	if (segment === undefined || next === undefined || last === undefined) return undefined;
	if (next.pid !== segment.pid || next.number <= segment.number + 1) return undefined;
	return {from: Date.parse(last.time), to: next.begins};
}

function eventsIn(path: string): readonly Event[] {
	const text = segmentFrom(path, 0)?.toString('utf8') ?? '';
	return text
		.split('\n')
		.slice(0, -1)
		.flatMap((line) => parseEventLine(line) ?? []);
}
