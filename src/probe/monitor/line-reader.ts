/** The longest line to keep. A netlink message has at most 16 KiB (rtnl_listen, lib/libnetlink.c), and its text never eight times that. */
const longestLine = 128 * 1024;

/** Splits a stream of bytes into lines of latin1 text. Drops and reports lines that are longer than any event. */
export class LineReader {
	#rest = '';
	#skipping = false;
	readonly #onOverlong: () => void;

	constructor(onOverlong: () => void) {
		this.#onOverlong = onOverlong;
	}

	/** The lines that this chunk completes. */
	push(chunk: Buffer): string[] {
		const lines = (this.#rest + chunk.toString('latin1')).split('\n');
		this.#rest = lines.pop() ?? '';
		if (this.#skipping && lines.length > 0) {
			lines.shift();
			this.#skipping = false;
			// Its end may look like a line of its own, because everything before it was dropped long ago.
			this.#onOverlong();
		}
		if (this.#skipping) this.#rest = '';
		if (this.#rest.length > longestLine) {
			this.#rest = '';
			this.#skipping = true;
			this.#onOverlong();
		}
		return lines;
	}
}
