import {statSync} from 'node:fs';
import {listSegments} from './segment.js';

/** A segment that is complete. */
export interface KeptSegment {
	readonly path: string;
	/** Milliseconds since 1970, as all times here. */
	readonly begins: number;
	readonly bytes: number;
	/** When its last event was written. */
	readonly changed: number;
}

export interface Retention {
	/** The limit for all segments together. */
	readonly bytes: number;
	/** Segments whose last event is older are superfluous. */
	readonly changedAfter: number;
}

/** A journal has about this many segments, so that the oldest ones can be removed one by one. */
export const segments = 8;
/** Who reads a segment makes one text of it, which has 512 MB at most (buffer.constants.MAX_STRING_LENGTH). */
const mostSegmentBytes = 128_000_000;

/** How large a segment gets before the next one begins. */
export function segmentShare(sizeBytes: number): number {
	return Math.min(Math.floor(sizeBytes / segments), mostSegmentBytes);
}

/** The segments that earlier watches have left, oldest first. */
export function keptSegments(directory: string): readonly KeptSegment[] {
	return listSegments(directory).flatMap(({path, begins}) => {
		const stats = statSync(path, {throwIfNoEntry: false});
		return stats === undefined ? [] : [{path, begins, bytes: stats.size, changed: stats.mtimeMs}];
	});
}

/** The segments to remove: the oldest first. */
export function superfluous(segments: readonly KeptSegment[], {bytes, changedAfter}: Retention): readonly KeptSegment[] {
	let total = segments.reduce((sum, segment) => sum + segment.bytes, 0);
	return segments.filter((segment) => {
		if (total <= bytes && segment.changed > changedAfter) return false;
		total -= segment.bytes;
		return true;
	});
}
