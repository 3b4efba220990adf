const smallestBytes = 64 * 1024;
const newline = 10;

/**
 * Collects lines that arrive in pieces, in memory that is reused. With a new buffer for each answer, megabyte answers to ten thousand
 * route events would fragment the heap (glibc raises its mmap threshold with each large block that is freed, mallopt(3)).
 */
export class AnswerBuffer {
	#bytes = Buffer.alloc(0);
	#length = 0;
	/** There is no newline before this offset. */
	#searched = 0;

	push(piece: Uint8Array): void {
		this.fill(piece.length, (room) => {
			room.set(piece);
			return piece.length;
		});
	}

	/** Adds bytes that `write` puts directly into the buffer. Returns how many. */
	fill(most: number, write: (room: Buffer) => number): number {
		const needed = this.#length + most;
		if (needed > this.#bytes.length) this.#grow(needed);
		const count = write(this.#bytes.subarray(this.#length, needed));
		this.#length += count;
		return count;
	}

	get length(): number {
		return this.#length;
	}

	/** The end of the first line, including its newline; undefined if there is no newline yet. */
	get endOfLine(): number | undefined {
		const at = this.#bytes.subarray(0, this.#length).indexOf(newline, this.#searched);
		this.#searched = at < 0 ? this.#length : at;
		return at < 0 ? undefined : at + 1;
	}

	/** The first bytes. They are valid until the next push or drop. */
	view(length: number): Buffer {
		return this.#bytes.subarray(0, length);
	}

	drop(length: number): void {
		this.#bytes.copyWithin(0, length, this.#length);
		this.#length -= length;
		this.#searched = 0;
	}

	#grow(needed: number): void {
		const larger = Buffer.allocUnsafeSlow(Math.max(smallestBytes, needed, this.#bytes.length * 2));
		larger.set(this.#bytes.subarray(0, this.#length));
		this.#bytes = larger;
	}
}
