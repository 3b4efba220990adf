/** The first lines of a turn of the event loop are written one by one. Further ones are gathered, because a look may find 100,000. */
const mostLinesAlone = 16;
/** Gathered lines are written when the turn ends, or when they have this many bytes. */
const gatheredBytes = 64 * 1024;

/** The lines of this turn of the event loop. */
export class Turn {
	readonly #end: () => void;
	#lines = 0;

	/** @param end called when the turn ends */
	constructor(end: () => void) {
		this.#end = end;
	}

	/** Whether the line that was just added waits for others. */
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
