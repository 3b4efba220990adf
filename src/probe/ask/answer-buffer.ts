const smallestBytes = 64 * 1024;
const newline = 10;

/**
 * Gathers lines that come in pieces, in memory that is kept: an answer of a megabyte for each
 * of ten thousand route events would else leave the heap in shreds (glibc raises its mmap threshold
 * with each large block that is freed, mallopt(3)).
 */
export class AnswerBuffer {
	#bytes = Buffer.alloc(0);
	#length = 0;
	/** Up to here there is no newline. */
	#searched = 0;

	push(piece: Uint8Array): void {
		this.fill(piece.length, (room) => {
			room.set(piece);
			return piece.length;
		});
	}

	/** Adds bytes that are written to where they stay. Returns how many. */
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

	/** The end of the first line, newline included; undefined while it has none. */
	get endOfLine(): number | undefined {
		const at = this.#bytes.subarray(0, this.#length).indexOf(newline, this.#searched);
		this.#searched = at < 0 ? this.#length : at;
		return at < 0 ? undefined : at + 1;
	}

	/** The first bytes; they hold until the next push or drop. */
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
