/** What a consumer has not been told yet. */
export interface Untold {
	/** Calls that wait for their turn. */
	readonly waiting: number;
	/** Calls that have failed, and are held back. */
	readonly held: number;
	/** How long the oldest of these calls, or the running one, has taken so far; 0 if there is none. */
	readonly oldestMs: number;
}

export const nothingUntold: Untold = {waiting: 0, held: 0, oldestMs: 0};

/**
 * @param waiting since when each call waits, the oldest first
 * @param runningSince undefined if no call is running
 * @param failedSince since when each call that is held back has failed
 */
export function untoldOf(
	now: number,
	waiting: ReadonlyMap<string, number>,
	runningSince: number | undefined,
	failedSince: readonly number[],
): Untold {
	const [oldest = now] = waiting.values();
	const first = failedSince.reduce((earliest, since) => Math.min(earliest, since), Math.min(oldest, runningSince ?? now));
	return {waiting: waiting.size, held: failedSince.length, oldestMs: now - first};
}
