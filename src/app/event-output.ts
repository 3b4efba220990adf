import {messageOf} from '../model/errors.js';
import type {Event} from '../model/event.js';
import type {Log} from '../model/log.js';
import type {Sink} from '../model/sink.js';
import {type ColourChoice, wantsColours} from '../report/colour.js';
import {openStandard} from '../report/descriptor.js';
import {Lines} from '../report/lines.js';
import {ndjsonLine} from '../report/ndjson-line.js';
import {Output} from '../report/output.js';
import {whenReaderGoes} from '../report/reader.js';
import {droppedEvent} from './dropped-event.js';
import type {Ending} from './signals.js';

/** How long after the start to begin watching for the end of the reader: after the first picture has been printed. */
const watchReaderMs = 200;

export interface EventOutputOptions {
	readonly form: 'human' | 'ndjson';
	readonly color: ColourChoice;
	readonly timestamps: 'time' | 'full';
	/** Whether several namespaces are watched. */
	readonly namespaces: boolean;
}

/** Events on stdout. */
export interface EventOutput extends Sink {
	/** Writes a line that is no event, with its newline. */
	write(line: string): void;
	flush(limitMs: number): Promise<void>;
}

interface EventOutputListener {
	/** Nobody reads any more. */
	gone(): void;
	/** Writing starts to fail, on a full disk for example. */
	failed(error: unknown): void;
	/** Whether there is nothing to do without a reader. If so, its end must be noticed even if there is nothing to write. */
	readonly needsReader: boolean;
}

/** An observer without a reader ends, like `ip monitor`: it has nothing else to do. */
export function observerOutput(ending: Ending): EventOutputListener {
	return {needsReader: true, gone: () => ending.ask('no reader'), failed: (error) => ending.askForOutput(error)};
}

/** A daemon goes on: its output is not its purpose. */
export function daemonOutput(log: Log): EventOutputListener {
	return {
		needsReader: false,
		gone: () => log.warn({}, 'nobody reads the output any more'),
		failed: (error) => log.warn({reason: messageOf(error)}, 'the output cannot be written, trying again each second'),
	};
}

export function openEventOutput(options: EventOutputOptions, listener: EventOutputListener): EventOutput {
	const stdout = openStandard(1);
	const onTerminal = stdout.kind === 'terminal';
	const colours = wantsColours(options.color, onTerminal, process.env);
	const lines = new Lines({...options, colours, columns: () => (onTerminal ? terminalColumns() : undefined)});
	const lineOf = (event: Event) => (options.form === 'ndjson' ? ndjsonLine(event) : lines.line(event));
	let lastDropped: Event | undefined;
	const output = new Output(stdout, {
		dropped: (count) => (lastDropped === undefined ? '' : lineOf(droppedEvent(lastDropped, count))),
		gone: () => listener.gone(),
		failed: (error) => listener.failed(error),
	});
	if (listener.needsReader) setTimeout(() => whenReaderGoes(stdout, () => listener.gone()), watchReaderMs).unref();
	return {
		take(event) {
			if (!output.write(lineOf(event))) lastDropped = event;
		},
		get behind() {
			return output.behind;
		},
		write: (line) => void output.write(line),
		flush: (limitMs) => output.flush(limitMs),
	};
}

/** A terminal without a size has 0 columns. */
function terminalColumns(): number | undefined {
	return process.stdout.columns > 0 ? process.stdout.columns : undefined;
}
