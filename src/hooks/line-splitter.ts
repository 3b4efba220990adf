/** A longer line is passed on in pieces. */
const longestLine = 64 * 1024;

/** Passes on a program's output line by line, so that lines of several programs do not mix. */
export class LineSplitter {
	readonly #onLine: (line: string) => void;
	#rest = '';
	readonly #decoder = new TextDecoder();

	/** @param onLine takes a line with its newline */
	constructor(onLine: (line: string) => void) {
		this.#onLine = onLine;
	}

	push(chunk: Uint8Array): void {
		const lines = (this.#rest + this.#decoder.decode(chunk, {stream: true})).split('\n');
		this.#rest = lines.pop() ?? '';
		for (const line of lines) this.#onLine(`${line}\n`);
		if (this.#rest.length > longestLine) this.end();
	}

	/** Adds the missing newline to a last line. */
	end(): void {
		if (this.#rest !== '') this.#onLine(`${this.#rest}\n`);
		this.#rest = '';
	}
}
