import {UsageError} from '../model/errors.js';
import {parseSize} from '../text/size.js';

/** Where events are kept, how much of them and how long. */
export interface JournalChoice {
	readonly directory: string;
	readonly sizeBytes: number;
	readonly ageMs: number;
}

const leastBytes = 1_000_000;
const leastMs = 60_000;

export function journalChoice(directory: string, size: string, ageMs: number): JournalChoice {
	const sizeBytes = parseSize(size);
	if (sizeBytes === undefined) throw new UsageError(`--journal-size is not a size: "${size}"`, 'Write it as 64MB or 2GB.');
	if (sizeBytes < leastBytes) throw new UsageError('--journal-size is less than 1MB', 'A journal has to hold the picture more than once.');
	if (ageMs < leastMs) throw new UsageError('--journal-age is less than 1m', 'Write it as 12h or 7d.');
	return {directory, sizeBytes, ageMs};
}
