import type {Clock} from '../../src/time/clock.js';
import {VirtualTime} from '../chaos/virtual-clock.js';

/** A clock that moves only when the test says so, with the jitter that the test chooses. */
export class HeldClock implements Clock {
	/** The result of `random`: 0.5 gives no jitter, 0 a quarter less, almost 1 a quarter more. */
	chance = 0.5;
	readonly #time = new VirtualTime();

	now(): number {
		return this.#time.now;
	}

	after(delayMs: number, call: () => void): () => void {
		return this.#time.after(delayMs, call);
	}

	random(): number {
		return this.chance;
	}

	/** Lets this much time pass. Everything that is due meanwhile happens. */
	async pass(ms: number): Promise<void> {
		await this.#time.runUntil(this.#time.now + ms);
	}

	/** Lets time pass as on a machine that sleeps: everything that is due happens at the end. */
	async sleep(ms: number): Promise<void> {
		this.#time.now += ms;
		await this.pass(0);
	}
}
