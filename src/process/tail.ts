const longestTail = 4096;

/** Keeps the last few kilobytes of a stream. */
export class Tail {
	#text = '';

	push(chunk: Buffer): void {
		this.#text = (this.#text + chunk.toString('utf8')).slice(-longestTail);
	}

	toString(): string {
		return this.#text.trim();
	}
}
