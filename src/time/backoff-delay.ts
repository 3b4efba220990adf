import {type Clock, jittered} from './clock.js';

export interface BackoffLimits {
	readonly baseMs: number;
	readonly capMs: number;
}

/** How long to wait after the nth failure in a row: doubled each time up to the cap, and varied by up to a quarter. */
export function backoffDelay(attempt: number, {baseMs, capMs}: BackoffLimits, clock: Clock): number {
	return jittered(Math.min(capMs, baseMs * 2 ** Math.min(attempt - 1, 30)), clock);
}
