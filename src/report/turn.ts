/** So many lines of one turn of the event loop are written each at once. The others of a storm are gathered: a look may find 100,000. */
const mostLinesAlone = 16;
/** What is gathered is written when the turn ends, or when it is this much. */
const gatheredBytes = 64 * 1024;

/** The lines of this turn of the event loop. */
export class Turn {
	readonly #end: () => void;
	#lines = 0;

	/** @param end called when the turn ends */
	constructor(end: () => void) {
		this.#end = end;
	}

	/** Whether a line that has just been added waits for others. */
	gathers(waitingBytes: number): boolean {
		if (this.#lines === 0) {
			queueMicrotask(() => {
				this.#lines = 0;
				this.#end();
			});
		}
		this.#lines += 1;
		return this.#lines > mostLinesAlone && waitingBytes < gatheredBytes;
	}
}
