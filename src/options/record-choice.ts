import {UsageError} from '../model/errors.js';
import {parseSize} from '../text/size.js';

/** Where everything that an engine gets is written, and how much of it is kept. */
export interface RecordChoice {
	readonly path: string;
	readonly sizeBytes: number;
}

const leastBytes = 1_000_000;

export function recordChoice(path: string, size: string): RecordChoice {
	if (path === '') throw new UsageError('--record is empty', 'Name a file, or leave the option out.');
	const sizeBytes = parseSize(size);
	if (sizeBytes === undefined) throw new UsageError(`--record-size is not a size: "${size}"`, 'Write it as 64MB or 2GB.');
	if (sizeBytes < leastBytes) throw new UsageError('--record-size is less than 1MB', 'Each of its files begins with the whole picture.');
	return {path, sizeBytes};
}
