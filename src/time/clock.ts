/** Time and chance, behind an interface so that tests can control them. */
export interface Clock {
	/** Milliseconds from an arbitrary zero. Never goes back. */
	now(): number;
	/** Calls once after a delay. Returns a function that cancels it. */
	after(delayMs: number, call: () => void): () => void;
	/** A random number from 0 to 1, for jitter. */
	random(): number;
}

/** CLOCK_MONOTONIC and Math.random. */
export const systemClock: Clock = {
	now: () => performance.now(),
	after(delayMs, call) {
		const timer = setTimeout(call, delayMs);
		return () => clearTimeout(timer);
	},
	random: Math.random,
};

/** The delay, up to a quarter more or less, so that many netmons do not run in step. */
export function jittered(delayMs: number, clock: Clock): number {
	return delayMs * (0.75 + clock.random() / 2);
}
