/** Time, behind an interface so that a test can control it. */
export interface Clock {
	/** Milliseconds on a clock that never goes back; its zero has no meaning. */
	now(): number;
	/** Calls once after a delay of any length. The returned function cancels it. */
	after(delayMs: number, call: () => void): () => void;
	/** A random number from 0 up to 1, for jitter. */
	random(): number;
}

/** Node turns a longer delay into 1 ms (setTimeout, lib/internal/timers.js: TIMEOUT_MAX). */
const longestTimerMs = 2 ** 31 - 1;

/** CLOCK_MONOTONIC. Not performance.now(): its first use makes Node load ten modules, which takes half a millisecond of each start. */
export function monotonicMs(): number {
	const [seconds, nanoseconds] = process.hrtime();
	return seconds * 1000 + nanoseconds / 1e6;
}

/** CLOCK_MONOTONIC and Math.random. */
export const systemClock: Clock = {
	now: monotonicMs,
	after(delayMs, call) {
		// A timer takes a millisecond at least.
		if (delayMs === 0) {
			const soon = setImmediate(call);
			return () => clearImmediate(soon);
		}
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

/** Varies a delay by up to a quarter, so that many netmons do not act at the same moment. */
export function jittered(delayMs: number, clock: Clock): number {
	return delayMs * (0.75 + clock.random() / 2);
}
