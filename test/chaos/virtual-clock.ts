import type {Clock} from '../../src/time/clock.js';
import type {Random} from './random.js';

interface Timer {
	readonly at: number;
	readonly order: number;
	readonly call: () => void;
	cancelled: boolean;
}

/** Time that passes only when nothing is left to do at this moment. */
export class VirtualTime {
	now = 0;
	/** A heap, the earliest first. */
	readonly #timers: Timer[] = [];
	#order = 0;

	after(delayMs: number, call: () => void): () => void {
		this.#order += 1;
		const timer: Timer = {at: this.now + Math.max(0, delayMs), order: this.#order, call, cancelled: false};
		this.#push(timer);
		return () => {
			timer.cancelled = true;
		};
	}

	/** Runs everything that is due until then. */
	async runUntil(until: number): Promise<void> {
		await drain();
		for (let first = this.#timers[0]; first !== undefined && first.at <= until; first = this.#timers[0]) {
			this.#shift();
			if (first.cancelled) continue;
			this.now = Math.max(this.now, first.at);
			first.call();
			await drain();
		}
		this.now = until;
	}

	#push(timer: Timer): void {
		const heap = this.#timers;
		let index = heap.push(timer) - 1;
		while (index > 0) {
			const above = (index - 1) >> 1;
			const parent = heap[above];
			if (parent === undefined || !isEarlier(timer, parent)) break;
			heap[index] = parent;
			index = above;
		}
		heap[index] = timer;
	}

	#shift(): void {
		const heap = this.#timers;
		const last = heap.pop();
		if (last === undefined || heap.length === 0) return;
		let index = 0;
		for (;;) {
			const left = 2 * index + 1;
			let below = left;
			let child = heap[left];
			const right = heap[left + 1];
			if (child !== undefined && right !== undefined && isEarlier(right, child)) {
				below = left + 1;
				child = right;
			}
			if (child === undefined || !isEarlier(child, last)) break;
			heap[index] = child;
			index = below;
		}
		heap[index] = last;
	}
}

function isEarlier(a: Timer, b: Timer): boolean {
	return a.at === b.at ? a.order < b.order : a.at < b.at;
}

/** Node runs every promise reaction, however long the chain, before the next immediate. */
function drain(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}

/** The clock of one run of the program. Its zero is the start of the run, and its timers end with the run. */
export class RunClock implements Clock {
	readonly #time: VirtualTime;
	readonly #rng: Random;
	readonly #begun: number;
	#ended = false;

	constructor(time: VirtualTime, rng: Random) {
		this.#time = time;
		this.#rng = rng;
		this.#begun = time.now;
	}

	now(): number {
		return this.#time.now - this.#begun;
	}

	/** A little early or late, like setTimeout. */
	after(delayMs: number, call: () => void): () => void {
		return this.exactly(delayMs === 0 ? 0 : delayMs + this.#rng.between(-0.5, 1), call);
	}

	exactly(delayMs: number, call: () => void): () => void {
		return this.#time.after(delayMs, () => {
			if (!this.#ended) call();
		});
	}

	random(): number {
		return this.#rng.next();
	}

	end(): void {
		this.#ended = true;
	}
}
