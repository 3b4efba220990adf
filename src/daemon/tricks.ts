/** What netmon does for speed alone; each can be left out, and nothing but the time may differ. */
export interface Tricks {
	/** Long-lived `ip -batch` processes answer the questions, instead of a process each. */
	readonly batch: boolean;
	/** A shell waits to become the runtime, instead of a process started by Node. */
	readonly prepared: boolean;
}

/** `NETMON_WITHOUT=batch,prepared` leaves them out (docs/performance.md). */
export function chosenTricks(environment: Readonly<Record<string, string | undefined>>): Tricks {
	const without = new Set((environment['NETMON_WITHOUT'] ?? '').split(','));
	return {batch: !without.has('batch'), prepared: !without.has('prepared')};
}
