import type {CallReport} from './call.js';
import type {Change} from './change.js';

/** Somebody who listens to what happens, and must never slow the watch: lines, NDJSON, metrics, a recording, the library. */
export interface Sink {
	take(item: Change | CallReport): void;
}
