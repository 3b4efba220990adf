import type {Call, CallOutcome} from '../model/call.js';
import type {Backoff} from '../time/backoff.js';

/** Something to tell the consumer, named by its subject. Its content is decided when its turn comes. */
export interface Errand {
	/** One key for each subject that has calls of its own: an interface, the routes, the subject of a hook. */
	readonly key: string;
	/** The highest priority goes first. */
	readonly priority: number;
}

export interface Due {
	/** What may be told now. */
	readonly due: readonly Errand[];
	/** Keys of everything that has to be told, including what must wait. */
	readonly planned: ReadonlySet<string>;
	/** When to ask again if nothing changes, on the engine's clock. */
	readonly nextAt: number | undefined;
}

/** A call that is about to be made. */
export interface Turn<OwnCall extends Call> {
	readonly call: OwnCall;
	/** Identifies the content of the call. A failure of this call does not hold back other content under the same key. */
	readonly subject: string;
	/** If this call fails, it is not retried until something changes. */
	readonly isLast?: boolean;
}

/** What one consumer has to be told: at any moment, the difference between what is there and what it was told. */
export interface Agenda<OwnCall extends Call, OwnTurn extends Turn<OwnCall> = Turn<OwnCall>> {
	/** Called whenever something may have changed. */
	due(now: number, backoff: Backoff): Due;
	/** Resolves when the turn of a key may come; undefined if it may come at once, as most may. */
	ready?(key: string): Promise<void> | undefined;
	/** The key that must be told before this one, if any. */
	before(key: string, now: number): string | undefined;
	/** The call to make for a key as things are now; undefined if nothing is left to tell. */
	turn(key: string, now: number, backoff: Backoff): OwnTurn | undefined;
	/** Called before the call. Throws if the call cannot be recorded on disk: then it is not made. */
	begin(turn: OwnTurn): void;
	/** Called when the call has ended. */
	end(turn: OwnTurn, outcome: CallOutcome, now: number): void;
	/** Called when nothing is waiting. */
	drained?(): void;
	/** Called when nothing is due and no call is running. */
	idle?(): void;
	/** Called once, after the last call. */
	stop(): void;
}
