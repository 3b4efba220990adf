import type {Clock} from '../../src/time/clock.js';
import {VirtualTime} from '../chaos/virtual-clock.js';

/** A clock that goes on only when it is told to, and whose jitter is what the test wants. */
export class HeldClock implements Clock {
	/** What `random` gives: with 0.5 there is no jitter, with 0 it is a quarter less, with almost 1 a quarter more. */
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

	/** Lets so much time pass, and all happen that is due in it. */
	async pass(ms: number): Promise<void> {
		await this.#time.runUntil(this.#time.now + ms);
	}

	/** Lets time pass as a machine that sleeps does: what is due happens at its end. */
	async sleep(ms: number): Promise<void> {
		this.#time.now += ms;
		await this.pass(0);
	}
}
