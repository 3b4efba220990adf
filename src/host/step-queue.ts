/** So many steps are made in one turn of the event loop: about as many lines as a pipe holds. */
const mostSteps = 256;

/**
 * Works in order and in small steps. A look may find a hundred thousand changes: between the steps outputs get time to write, and what the
 * monitor says is read.
 */
export class StepQueue {
	/** Each makes one step, and returns whether it was the last. */
	readonly #works: (() => boolean)[] = [];
	readonly #later: ((goOn: () => void) => void) | undefined;
	readonly #onFault: (error: unknown) => void;

	/** @param later calls back in a later turn of the event loop; absent: each work is done at once */
	constructor(later: ((goOn: () => void) => void) | undefined, onFault: (error: unknown) => void) {
		this.#later = later;
		this.#onFault = onFault;
	}

	get empty(): boolean {
		return this.#works.length === 0;
	}

	/**
	 * Does it at once, if it is small and nothing waits before it.
	 *
	 * @param work makes one step, and returns whether it was the last
	 */
	do(work: () => boolean): void {
		this.#works.push(work);
		if (this.#works.length === 1) this.#goOn();
	}

	/** The same for a work of one step. */
	once(work: () => void): void {
		this.do(() => {
			work();
			return true;
		});
	}

	/** Does everything that waits. */
	finish(): void {
		while (!this.empty) this.#step();
	}

	#goOn(): void {
		if (this.#later === undefined) this.finish();
		for (let step = 0; step < mostSteps && !this.empty; step += 1) this.#step();
		if (!this.empty) this.#later?.(() => this.#goOn());
	}

	#step(): void {
		try {
			if (this.#works[0]?.() === false) return;
		} catch (error) {
			this.#onFault(error);
		}
		this.#works.shift();
	}
}
