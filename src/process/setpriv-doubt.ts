import type {Mortality} from './mortal.js';

/** While it is not known whether setpriv can start this child: what was written to it, and what setpriv may have complained of. */
export class SetprivDoubt {
	readonly #mortality: Mortality;
	#open: boolean;
	#written: (string | Buffer)[] = [];
	#complaint = '';

	constructor(mortality: Mortality) {
		this.#mortality = mortality;
		this.#open = mortality.bySignal;
	}

	/** A second start needs it again, while one is to be expected: a child that never says anything may be written to for ever. */
	wrote(data: string | Buffer): void {
		if (this.#open && !this.#mortality.proven) this.#written.push(data);
	}

	get written(): readonly (string | Buffer)[] {
		return this.#written;
	}

	/** Whether this part of its stderr is setpriv's complaint, to be kept until it is known what came of it. */
	holds(chunk: Buffer): boolean {
		if (!this.#open) return false;
		const text = chunk.toString('latin1');
		if (this.#complaint === '' && !this.#mortality.complains(text)) return false;
		this.#complaint += text;
		return true;
	}

	/** The child has said something of its own: setpriv has done its work. */
	settle(): void {
		if (!this.#open) return;
		this.#open = false;
		this.#mortality.prove();
		this.#written = [];
	}

	/** What was held back and turned out to be no refusal. */
	get complaint(): Buffer | undefined {
		return this.#complaint === '' ? undefined : Buffer.from(this.#complaint, 'latin1');
	}

	/** Whether it ended because setpriv refused; another child may have shown it first. */
	wasRefused(exitCode: number | undefined): boolean {
		if (!this.#open || this.#complaint === '') return false;
		return this.#mortality.blameEnd(exitCode, this.#complaint) || !this.#mortality.bySignal;
	}
}
