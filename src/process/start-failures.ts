/** Decides the log level of a failure: that no process can be started is a warning once, not at each attempt. */
export class StartFailures {
	#said = false;

	/** @param isOne whether it failed because no process could be started */
	levelOf(isOne: boolean): 'warn' | 'debug' {
		const level = isOne && this.#said ? 'debug' : 'warn';
		this.#said = isOne;
		return level;
	}

	/** A start has worked. */
	clear(): void {
		this.#said = false;
	}
}
