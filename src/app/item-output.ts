import type {CallReport} from '../model/call.js';
import type {Change} from '../model/change.js';
import {HumanLines, wantsColours} from '../report/human.js';
import {ndjsonDropped, ndjsonLine} from '../report/ndjson.js';
import {Output} from '../report/output.js';

/** Changes and calls on stdout. */
export interface ItemOutput {
	take(item: Change | CallReport): void;
	flush(limitMs: number): Promise<void>;
}

/** @param onClosed called when nobody reads any more */
export function openItemOutput(form: 'human' | 'ndjson' | undefined, onClosed: () => void): ItemOutput | undefined {
	if (form === undefined) return undefined;
	const human = new HumanLines(wantsColours(process.stdout, process.env));
	const line = (item: Change | CallReport) => (form === 'ndjson' ? ndjsonLine(item, new Date()) : human.line(item, new Date()));
	const output = new Output(process.stdout, (count) => (form === 'ndjson' ? ndjsonDropped(count) : human.dropped(count)), onClosed);
	return {take: (item) => output.write(line(item)), flush: (limitMs) => output.flush(limitMs)};
}
