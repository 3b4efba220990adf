import type {CallReport} from '../model/call.js';
import type {Change} from '../model/change.js';
import {messageOf} from '../model/errors.js';
import type {Log} from '../model/log.js';
import {openStandard} from '../report/descriptor.js';
import {HumanLines, wantsColours} from '../report/human.js';
import {ndjsonDropped, ndjsonLine} from '../report/ndjson.js';
import {Output} from '../report/output.js';
import {whenReaderGoes} from '../report/reader.js';
import type {Ending} from './signals.js';

/** After the start, when its first picture is out. */
const watchReaderMs = 200;

/** Changes and calls on stdout. */
export interface ItemOutput {
	take(item: Change | CallReport): void;
	flush(limitMs: number): Promise<void>;
}

interface ItemOutputListener {
	/** Nobody reads any more. */
	gone(): void;
	/** Writing begins to fail, on a full disk for example. */
	failed(error: unknown): void;
	/** Whether there is nothing to do without a reader, so that its end is to be noticed while nothing happens too. */
	readonly needsReader: boolean;
}

/** An observer has nothing to do without a reader, as `ip monitor` has not, and ends. */
export function observerOutput(ending: Ending): ItemOutputListener {
	return {needsReader: true, gone: () => ending.ask('no reader'), failed: (error) => ending.askForOutput(error)};
}

/** A daemon goes on: its output is not what it is for. */
export function daemonOutput(log: Log): ItemOutputListener {
	return {
		needsReader: false,
		gone: () => log.warn({}, 'nobody reads the output any more'),
		failed: (error) => log.warn({reason: messageOf(error)}, 'the output cannot be written, trying again each second'),
	};
}

export function openItemOutput(form: 'human' | 'ndjson' | undefined, listener: ItemOutputListener): ItemOutput | undefined {
	if (form === undefined) return undefined;
	const stdout = openStandard(1);
	const human = new HumanLines(wantsColours({isTTY: stdout.kind === 'terminal'}, process.env));
	const line = (item: Change | CallReport) => (form === 'ndjson' ? ndjsonLine(item, new Date()) : human.line(item, new Date()));
	const output = new Output(stdout, {
		dropped: (count) => (form === 'ndjson' ? ndjsonDropped(count) : human.dropped(count)),
		gone: () => listener.gone(),
		failed: (error) => listener.failed(error),
	});
	if (listener.needsReader) setTimeout(() => whenReaderGoes(stdout, () => listener.gone()), watchReaderMs).unref();
	return {take: (item) => output.write(line(item)), flush: (limitMs) => output.flush(limitMs)};
}
