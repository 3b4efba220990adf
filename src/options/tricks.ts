/** What netmon does for speed alone; each can be left out, and nothing but the time may differ. */
export interface Tricks {
	/** Long-lived `ip -batch` processes answer the questions, instead of a process each. */
	readonly batch: boolean;
	/** Their answers arrive in files in memory, instead of through pipes. */
	readonly files: boolean;
	/** The interface that an event names is asked for alone, instead of all. */
	readonly single: boolean;
	/** Where there are many, it is asked for without its addresses if the event is not about them. */
	readonly bare: boolean;
	/** What is as it was in the last answer is not parsed again. */
	readonly kept: boolean;
}

/** `NETMON_WITHOUT=batch,files,single,bare,kept` leaves them out (docs/performance.md). */
export function chosenTricks(environment: Readonly<Record<string, string | undefined>>): Tricks {
	const without: ReadonlySet<string> = new Set((environment['NETMON_WITHOUT'] ?? '').split(','));
	const has = (name: keyof Tricks) => !without.has(name);
	return {
		batch: has('batch'),
		files: has('files'),
		single: has('single'),
		bare: has('bare'),
		kept: has('kept'),
	};
}
