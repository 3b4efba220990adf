/** Lines that come faster than this are a flood, once there are more than a few of them. */
const linesPerMs = 2;
const fewLines = 20;
/** Limits the count, so that a flood is soon over when lines come slowly again. */
const mostCounted = 2 * fewLines;
/** A read of this many lines shows that they come together anyway. */
const longPiece = 100;

/** Recognises a flood. `ip` writes each line separately, and reading them one by one takes longer than all the rest. */
export class LineFlood {
	/** The lines so far, less those that would have come at the rate of a flood. */
	#counted = 0;
	#at = 0;

	/** Whether to wait for more lines before the next are read. */
	shouldWait(lines: number, now: number): boolean {
		this.#counted = Math.min(Math.max(0, this.#counted - (now - this.#at) * linesPerMs) + lines, mostCounted);
		this.#at = now;
		return this.#counted > fewLines && lines < longPiece;
	}
}
