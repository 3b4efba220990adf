/** What netmon does only for speed. Each can be switched off, and only the timing may differ. */
export interface Tricks {
	/** Long-lived `ip -batch` processes answer the questions, instead of one process for each. */
	readonly batch: boolean;
	/** Their answers come in files in memory, instead of through pipes. */
	readonly files: boolean;
	/** Only the interface in an event is read, instead of all. */
	readonly single: boolean;
	/** With many interfaces, it is read without its addresses unless the event is about them. */
	readonly bare: boolean;
	/** What is the same as in the last answer is not parsed again. */
	readonly kept: boolean;
}

/** `NETMON_WITHOUT=batch,files,single,bare,kept` switches them off (docs/performance.md). */
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
