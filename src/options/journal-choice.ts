import {UsageError} from '../model/errors.js';
import type {OptionValues} from './option-values.js';

/** Where events are kept, how much of them and how long. */
export interface JournalChoice {
	readonly directory: string;
	readonly sizeBytes: number;
	readonly ageMs: number;
}

const leastMs = 60_000;

export function journalChoice(directory: string, values: OptionValues): JournalChoice {
	const ageMs = values.duration('journal-age');
	const sizeBytes = values.size('journal-size', 'A journal has to hold the picture more than once.');
	if (ageMs < leastMs) throw new UsageError(`${values.where('journal-age')} is less than 1m`, 'Write it as 12h or 7d.');
	return {directory, sizeBytes, ageMs};
}
