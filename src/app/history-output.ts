import type {Event} from '../model/event.js';
import type {ColourChoice} from '../report/colour.js';
import {wantsColours} from '../report/colour.js';
import {openStandard} from '../report/descriptor.js';
import {Lines} from '../report/lines.js';
import {ndjsonLine} from '../report/ndjson-line.js';
import {Output} from '../report/output.js';
import {unwritable} from '../report/print.js';
import {whenReaderGoes} from '../report/reader.js';
import type {ShownEvent} from './by-cause.js';
import {droppedEvent} from './dropped-event.js';

export interface HistoryOutputOptions {
	readonly output: 'human' | 'ndjson';
	readonly color: ColourChoice;
	readonly timestamps: 'time' | 'full';
	readonly namespaces: boolean;
}

export interface HistoryOutput {
	show(shown: readonly ShownEvent[]): void;
	/** Calls back when nobody reads any more, or already does not. */
	onGone(call: () => void): void;
	/** Waits for the reader. Rejects if the output cannot be written. */
	end(): Promise<void>;
}

/** What is written in one call is never dropped in part, and a reader may take its time. */
export function openHistoryOutput(options: HistoryOutputOptions): HistoryOutput {
	const stdout = openStandard(1);
	const onTerminal = stdout.kind === 'terminal';
	const lines = new Lines({
		...options,
		colours: wantsColours(options.color, onTerminal, process.env),
		today: new Date(),
		columns: () => (onTerminal && process.stdout.columns > 0 ? process.stdout.columns : undefined),
	});
	const lineOf = ({event, depth}: ShownEvent) => (options.output === 'ndjson' ? ndjsonLine(event) : lines.line(event, depth));
	const gone: (() => void)[] = [];
	let dropped = 0;
	let lastDropped: Event | undefined;
	let failure: unknown;
	let left = false;
	const leave = () => {
		left = true;
		for (const call of gone.splice(0)) call();
	};
	const output = new Output(stdout, {
		dropped() {
			const count = dropped;
			dropped = 0;
			return lastDropped === undefined ? '' : lineOf({event: droppedEvent(lastDropped, count), depth: 0});
		},
		gone: leave,
		failed(error) {
			failure ??= error;
			leave();
		},
	});
	return {
		show(shown) {
			if (shown.length === 0) return;
			if (output.write(shown.map(lineOf).join(''))) return;
			dropped += shown.length;
			lastDropped = shown.at(-1)?.event;
		},
		onGone(call) {
			gone.push(call);
			if (left) leave();
			else whenReaderGoes(stdout, leave);
		},
		async end() {
			await output.flush();
			if (failure !== undefined) throw unwritable(failure);
		},
	};
}
