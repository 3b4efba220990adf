/** Tells how loud to say that something failed: that no process can be started is said once, not at each try. */
export class StartFailures {
	#said = false;

	/** @param isOne whether it failed because no process could be started */
	levelOf(isOne: boolean): 'warn' | 'debug' {
		const level = isOne && this.#said ? 'debug' : 'warn';
		this.#said = isOne;
		return level;
	}

	/** It has worked. */
	clear(): void {
		this.#said = false;
	}
}
