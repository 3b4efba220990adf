import type {Event} from './event.js';

/** Takes events without slowing the watcher. It buffers a bounded number that it cannot pass on at once, or drops and counts them. */
export interface Sink {
	take(event: Event): void;
	/** Whether much waits already. Then it gets a moment before more of a large look follows. */
	readonly behind?: boolean;
}
