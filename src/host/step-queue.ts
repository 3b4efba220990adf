/** The most steps in one turn of the event loop: about as many lines as a pipe holds. */
const mostSteps = 256;

/** How long to wait for an output that is behind. */
const waitMs = 1;
/** How many times in a row to wait. After that the queue goes on, and the output drops what does not fit. */
const mostWaits = 500;

/** How a queue goes on in a later turn of the event loop. */
export interface LaterTurns {
	/** Whether an output is behind with what it took. */
	readonly behind: () => boolean;
	/** As `after` of a clock: with a delay of 0 it calls in the next turn of the event loop. */
	readonly later: (delayMs: number, call: () => void) => unknown;
}

/**
 * Works in order and in small steps. A look may find a hundred thousand changes: between the steps outputs get time to write, and what the
 * monitor says is read.
 */
export class StepQueue {
	/** Each makes one step, and returns whether it was the last. */
	readonly #works: (() => boolean)[] = [];
	readonly #turns: LaterTurns | undefined;
	readonly #onFault: (error: unknown) => void;
	#scheduled = false;
	#waits = 0;

	/** @param turns absent: each work is done at once */
	constructor(turns: LaterTurns | undefined, onFault: (error: unknown) => void) {
		this.#turns = turns;
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
		if (this.#works.length === 1) this.#run();
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

	#run(): void {
		if (this.#turns === undefined) this.finish();
		else {
			for (let step = 0; step < mostSteps && !this.empty; step += 1) this.#step();
			this.#schedule(this.#turns);
		}
	}

	#schedule(turns: LaterTurns): void {
		if (this.empty || this.#scheduled) return;
		const behind = turns.behind();
		this.#waits = behind ? this.#waits + 1 : 0;
		this.#scheduled = true;
		turns.later(behind ? waitMs : 0, () => {
			this.#scheduled = false;
			if (behind && this.#waits < mostWaits) this.#schedule(turns);
			else this.#run();
		});
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
