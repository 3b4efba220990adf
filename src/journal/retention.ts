import {rmSync, statSync} from 'node:fs';
import {listSegments} from './segment.js';

export interface Retention {
	/** The limit for all segments together. */
	readonly bytes: number;
	/** Milliseconds since 1970: segments whose last event is older are removed. */
	readonly changedAfter: number;
}

/** Removes segments, the oldest first, except those that are still being written. */
export function removeOldSegments(directory: string, written: ReadonlySet<string | undefined>, {bytes, changedAfter}: Retention): void {
	const files = listSegments(directory).flatMap(({path}) => {
		const stats = written.has(path) ? undefined : statSync(path, {throwIfNoEntry: false});
		return stats === undefined ? [] : [{path, size: stats.size, changed: stats.mtimeMs}];
	});
	let total = files.reduce((sum, {size}) => sum + size, 0);
	for (const {path, size, changed} of files) {
		if (total <= bytes && changed > changedAfter) continue;
		rmSync(path, {force: true});
		total -= size;
	}
}
