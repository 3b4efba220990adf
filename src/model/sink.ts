import type {Event} from './event.js';

/** Takes events and never slows the watcher down: what it cannot pass on at once it keeps within bounds, or drops and counts. */
export interface Sink {
	take(event: Event): void;
}
