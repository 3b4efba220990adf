import type {Event} from '../model/event.js';

/** One event as docs/events.md describes it, in one line. */
export function ndjsonLine(event: Event): string {
	return `${JSON.stringify(event)}\n`;
}
