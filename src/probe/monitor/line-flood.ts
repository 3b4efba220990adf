/** So many lines a millisecond are a flood, once there are some more of them. */
const linesPerMs = 2;
const fewLines = 20;
/** A flood is over this many lines after the last fast ones. */
const mostCounted = 2 * fewLines;
/** A piece of so many lines means that more is waiting, and saves enough. */
const longPiece = 100;

/** Tells a flood of lines, which come one by one, because `ip` writes each separately. To read them so takes longer than the rest. */
export class LineFlood {
	/** Counts lines, and forgets them at the rate of a flood. */
	#counted = 0;
	#at = 0;

	/** Whether to wait for more lines before the next are read. */
	shouldWait(lines: number, now: number): boolean {
		this.#counted = Math.min(Math.max(0, this.#counted - (now - this.#at) * linesPerMs) + lines, mostCounted);
		this.#at = now;
		return this.#counted > fewLines && lines < longPiece;
	}
}
