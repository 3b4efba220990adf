import type {Call, CallOutcome} from '../model/call.js';
import type {Backoff} from '../time/backoff.js';

/** Something to be told, by what it is about; what is said of it is decided when its turn comes. */
export interface Errand {
	/** One for each thing that is told by a call of its own: an interface, the routes, the subject of a hook. */
	readonly key: string;
	/** Of what waits, the highest comes first. */
	readonly priority: number;
}

export interface Due {
	/** What may be told now. */
	readonly due: readonly Errand[];
	/** Keys of everything that is to be told, also of what has to wait. */
	readonly planned: ReadonlySet<string>;
	/** The moment of the engine's clock at which to ask again, should nothing change. */
	readonly nextAt: number | undefined;
}

/** A call that is about to be made. */
export interface Turn<Told extends Call> {
	readonly call: Told;
	/** What it is about to say: another thing to say under the same key is not held back by this one's failure. */
	readonly subject: string;
	/** Should this one fail, it is not tried again before something changes. */
	readonly isLast?: boolean;
}

/** What one consumer has to be told: the difference between what is and what it was told, at any moment. */
export interface Agenda<Told extends Call, Taken extends Turn<Told> = Turn<Told>> {
	/** Asked whenever something may have changed. */
	due(now: number, backoff: Backoff): Due;
	/** Resolves when the turn of a key can come; most can at once. */
	ready(key: string): Promise<void> | undefined;
	/** The key of what has to be told before the turn of another key. */
	before(key: string, now: number, backoff: Backoff): string | undefined;
	/** What to say under a key, as things are now; undefined where there is nothing to say any more. */
	turn(key: string, now: number, backoff: Backoff): Taken | undefined;
	/** Called before the call is made. Throws where that cannot be written down: the call is then not made. */
	begin(turn: Taken): void;
	/** Called when the call has ended. */
	end(turn: Taken, outcome: CallOutcome, now: number): void;
	/** Nothing waits any more. */
	drained(): void;
	/** Nothing is due and no call runs. */
	idle(): void;
	/** Called once, after the last call. */
	stop(): void;
}
