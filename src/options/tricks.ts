/** Optimisations. Each can be turned off, and then only the speed may differ. */
export interface Tricks {
	/** Long-lived `ip -batch` processes answer the questions, instead of one process for each question. */
	readonly batch: boolean;
	/** Batches write their answers to files in memory instead of pipes. */
	readonly files: boolean;
	/** A shell that is started in advance becomes the runtime, so that Node need not start a process for a call. */
	readonly prepared: boolean;
	/** After an event, only the interface that it names is read, instead of all. */
	readonly single: boolean;
	/** With many interfaces, that one is read without its addresses if the event is not about addresses. */
	readonly bare: boolean;
	/** Parts of an answer that equal the last answer are not parsed again. */
	readonly kept: boolean;
	/** The payload of routes is spliced from the text of the last one, instead of written from scratch. */
	readonly spliced: boolean;
}

/** `NETMON_WITHOUT=batch,files,prepared,single,bare,kept,spliced` turns them off; bin/load.js reads `compiled` (docs/performance.md). */
export function chosenTricks(environment: Readonly<Record<string, string | undefined>>): Tricks {
	const without: ReadonlySet<string> = new Set((environment['NETMON_WITHOUT'] ?? '').split(','));
	const has = (name: keyof Tricks) => !without.has(name);
	return {
		batch: has('batch'),
		files: has('files'),
		prepared: has('prepared'),
		single: has('single'),
		bare: has('bare'),
		kept: has('kept'),
		spliced: has('spliced'),
	};
}
