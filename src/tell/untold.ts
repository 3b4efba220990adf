/** What a consumer has not been told yet. */
export interface Untold {
	/** Calls that wait for their turn. */
	readonly waiting: number;
	/** Calls that have failed, and are held back. */
	readonly held: number;
	/** How long the oldest of these calls, or the running one, has taken so far; 0 if there is none. */
	readonly oldestMs: number;
}

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

/** The same for several consumers; undefined for one that is not called. */
export function untoldTogether(all: readonly (Untold | undefined)[]): Untold {
	const each = all.filter((untold) => untold !== undefined);
	return {
		waiting: each.reduce((sum, {waiting}) => sum + waiting, 0),
		held: each.reduce((sum, {held}) => sum + held, 0),
		oldestMs: Math.max(0, ...each.map(({oldestMs}) => oldestMs)),
	};
}
