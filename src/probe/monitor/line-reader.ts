/**
 * Longest line kept. A netlink message that `ip` can read is at most 16 KiB
 * (lib/libnetlink.c, rtnl_listen), and its text is never eight times that.
 */
const longestLine = 128 * 1024;

/** Cuts a stream of bytes into lines of latin1 text; what is longer than any event is dropped and told. */
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
			// Its end may have been a line of its own, as all before it was thrown away long ago.
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
