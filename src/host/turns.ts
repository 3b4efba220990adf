/** Does one thing at a time: the next one when all that follows from the last is done. */
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

	/** Promise reactions that follow are over before the next immediate. */
	#next(): void {
		const run = this.#waiting.shift();
		this.#busy = run !== undefined;
		if (run === undefined) return;
		setImmediate(() => this.#next());
		run();
	}
}
