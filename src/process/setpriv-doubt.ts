import type {Mortality} from './mortal.js';

/** For a child that setpriv may be unable to start: keeps what was written to it, and what may be setpriv's complaint. */
export class SetprivDoubt {
	readonly #mortality: Mortality;
	#open: boolean;
	#written: (string | Buffer)[] = [];
	#complaint = '';

	constructor(mortality: Mortality) {
		this.#mortality = mortality;
		this.#open = mortality.bySignal;
	}

	/** Keeps it for a second start, until setpriv has worked somewhere: a child that never prints anything may be written to for ever. */
	wrote(data: string | Buffer): void {
		if (this.#open && !this.#mortality.proven) this.#written.push(data);
	}

	get written(): readonly (string | Buffer)[] {
		return this.#written;
	}

	/** Whether this part of stderr is setpriv's complaint. It is held back until the outcome is known. */
	holds(chunk: Buffer): boolean {
		if (!this.#open) return false;
		const text = chunk.toString('latin1');
		if (this.#complaint === '' && !this.#mortality.complains(text)) return false;
		this.#complaint += text;
		return true;
	}

	/** The child has produced output of its own, so setpriv has worked. */
	settle(): void {
		if (!this.#open) return;
		this.#open = false;
		this.#mortality.prove();
		this.#written = [];
	}

	/** Text that was held back and turned out to be no refusal. */
	get complaint(): Buffer | undefined {
		return this.#complaint === '' ? undefined : Buffer.from(this.#complaint, 'latin1');
	}

	/** Whether it ended because setpriv refused. Another child may have shown that first. */
	wasRefused(exitCode: number | undefined): boolean {
		if (!this.#open || this.#complaint === '') return false;
		return this.#mortality.blameEnd(exitCode, this.#complaint) || !this.#mortality.bySignal;
	}
}
