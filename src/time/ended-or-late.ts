import type {Clock} from './clock.js';

/** Resolves when the work has ended, or after the limit. The work must not reject. */
export function endedOrLate(work: Promise<unknown>, limitMs: number, clock: Clock): Promise<void> {
	return new Promise((resolve) => {
		const cancel = clock.after(limitMs, resolve);
		void work.then(() => {
			cancel();
			resolve();
		});
	});
}
