/** A seeded generator of random choices (mulberry32): the same seed makes the same history. */
export class Random {
	#state: number;

	constructor(seed: number) {
		this.#state = seed >>> 0;
		// The first numbers of neighbouring seeds are alike.
		for (let i = 0; i < 4; i += 1) this.next();
	}

	/** From 0 up to 1. */
	next(): number {
		this.#state = (this.#state + 0x6d2b79f5) >>> 0;
		let mixed = this.#state;
		mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	}

	chance(probability: number): boolean {
		return this.next() < probability;
	}

	/** A whole number, both ends included. */
	whole(least: number, most: number): number {
		return least + Math.floor(this.next() * (most - least + 1));
	}

	between(least: number, most: number): number {
		return least + this.next() * (most - least);
	}

	/** Undefined for an empty list. */
	pick<Item>(items: readonly Item[]): Item | undefined {
		return items[Math.floor(this.next() * items.length)];
	}

	/** One element of a list that is not empty. */
	oneOf<Item>(first: Item, ...others: readonly Item[]): Item {
		return this.pick([first, ...others]) ?? first;
	}
}
