/** Does one thing at a time: the next one when everything that follows from the last one is done. */
export class Turns {
	readonly #waiting: (() => void)[] = [];
	#busy = true;

	constructor() {
		setImmediate(() => this.#next());
	}

	add(run: () => void): void {
		this.#waiting.push(run);
		if (!this.#busy) this.#next();
	}

	/** Node runs all promise reactions that follow before the next immediate. */
	#next(): void {
		const run = this.#waiting.shift();
		this.#busy = run !== undefined;
		if (run === undefined) return;
		setImmediate(() => this.#next());
		run();
	}
}
