import type {Writable} from 'node:stream';

/** What waits for a reader that does not read, at most; beyond it lines are dropped and counted. */
const mostWaitingBytes = 8 * 1024 * 1024;

/**
 * Lines to a pipe, file or terminal whose reader may stall or go away: neither may stop the
 * watch, nor fill the memory.
 */
export class Output {
	/** Lines dropped since the last that was written. */
	dropped = 0;
	readonly #stream: Writable;
	readonly #onDropped: (count: number) => string;
	#closed = false;

	/**
	 * @param onDropped makes the line that tells how many were dropped, once the reader reads again
	 * @param onClosed called once, when the reader is gone (EPIPE)
	 */
	constructor(stream: Writable, onDropped: (count: number) => string, onClosed: () => void) {
		this.#stream = stream;
		this.#onDropped = onDropped;
		stream.on('error', () => {
			if (this.#closed) return;
			this.#closed = true;
			onClosed();
		});
	}

	/** @param line with its newline */
	write(line: string): void {
		if (this.#closed) return;
		if (this.#stream.writableLength > mostWaitingBytes) {
			this.dropped += 1;
			return;
		}
		if (this.dropped > 0) {
			this.#stream.write(this.#onDropped(this.dropped));
			this.dropped = 0;
		}
		this.#stream.write(line);
	}

	/** Resolves when all is written, the reader is gone, or the time is over. */
	flush(limitMs: number): Promise<void> {
		if (this.#closed || this.#stream.writableLength === 0) return Promise.resolve();
		return new Promise((resolve) => {
			const timer = setTimeout(resolve, limitMs);
			const done = () => {
				clearTimeout(timer);
				resolve();
			};
			this.#stream.once('drain', done);
			this.#stream.once('error', done);
			this.#stream.write('', done);
		});
	}
}
