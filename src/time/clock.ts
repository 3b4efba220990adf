/** Time, behind an interface so that a test can hold it still. */
export interface Clock {
	/** Milliseconds, never going back; their zero means nothing. */
	now(): number;
	/** Calls once after a delay, however long; the result cancels that. */
	after(delayMs: number, call: () => void): () => void;
	/** From 0 up to 1, for jitter. */
	random(): number;
}

/** Node turns a longer delay into 1 ms (setTimeout, lib/internal/timers.js: TIMEOUT_MAX). */
const longestTimerMs = 2 ** 31 - 1;

/** CLOCK_MONOTONIC and Math.random. */
export const systemClock: Clock = {
	now: () => performance.now(),
	after(delayMs, call) {
		if (delayMs <= longestTimerMs) {
			const timer = setTimeout(call, delayMs);
			return () => clearTimeout(timer);
		}
		let cancel: () => void;
		cancel = this.after(longestTimerMs, () => {
			cancel = this.after(delayMs - longestTimerMs, call);
		});
		return () => cancel();
	},
	random: Math.random,
};

/** Up to a quarter more or less, so that many netmons do not keep step. */
export function jittered(delayMs: number, clock: Clock): number {
	return delayMs * (0.75 + clock.random() / 2);
}
