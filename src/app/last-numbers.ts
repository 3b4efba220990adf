/** Names of processes never return, so only the newest are kept. */
const mostNames = 10_000;

/** The numbers of the last events of namespaces that are gone: a name that returns continues its count. */
export class LastNumbers {
	readonly #numbers = new Map<string, number>();

	keep(name: string, seq: number): void {
		this.#numbers.set(name, seq);
		const [oldest] = this.#numbers.keys();
		if (this.#numbers.size > mostNames && oldest !== undefined) this.#numbers.delete(oldest);
	}

	take(name: string): number | undefined {
		const seq = this.#numbers.get(name);
		this.#numbers.delete(name);
		return seq;
	}
}
