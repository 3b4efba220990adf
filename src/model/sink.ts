import type {Event} from './event.js';

/** Takes events without slowing the watcher. It buffers a bounded number that it cannot pass on at once, or drops and counts them. */
export interface Sink {
	take(event: Event): void;
	/** Whether much is waiting already. If so, the sink gets a moment before it gets more of a large look. */
	readonly behind?: boolean;
}
