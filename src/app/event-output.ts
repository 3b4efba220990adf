import {type Event, eventVersion} from '../model/event.js';
import type {Sink} from '../model/sink.js';
import {type ColourChoice, wantsColours} from '../report/colour.js';
import {Lines} from '../report/lines.js';
import {ndjsonLine} from '../report/ndjson-line.js';
import {Output} from '../report/output.js';

export interface EventOutputOptions {
	readonly form: 'human' | 'ndjson';
	readonly color: ColourChoice;
	readonly timestamps: 'time' | 'full';
	/** Whether several namespaces are watched. */
	readonly namespaces: boolean;
}

/** Events on stdout. */
export interface EventOutput extends Sink {
	flush(limitMs: number): Promise<void>;
}

/** @param onClosed called when nobody reads any more */
export function openEventOutput(options: EventOutputOptions, onClosed: () => void): EventOutput {
	const {stdout} = process;
	const colours = wantsColours(options.color, stdout, process.env);
	const lines = new Lines({...options, colours, columns: () => (stdout.isTTY ? stdout.columns : undefined)});
	const lineOf = (event: Event) => (options.form === 'ndjson' ? ndjsonLine(event) : lines.line(event));
	let lastDropped: Event | undefined;
	const output = new Output(stdout, (count) => (lastDropped === undefined ? '' : lineOf(droppedEvent(lastDropped, count))), onClosed);
	return {
		take(event) {
			const before = output.dropped;
			output.write(lineOf(event));
			if (output.dropped > before) lastDropped = event;
		},
		flush: (limitMs) => output.flush(limitMs),
	};
}

/** Stands for the events that were dropped: it has the number of the last of them. */
function droppedEvent({seq, netns}: Event, count: number): Event {
	const time = new Date().toISOString();
	return {v: eventVersion, time, seq, ...(netns === undefined ? {} : {netns}), event: 'dropped', count};
}
