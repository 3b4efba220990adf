import type {Step} from '../model/step.js';
import type {Announced} from './announced.js';
import type {LinkIdentity} from './interface-table.js';

/** A link as the state remembers it, to be known again after a restart. */
export interface RememberedLink extends LinkIdentity {
	readonly hwaddr: string;
	readonly kind: string;
	/** There at the first start, and not announced since: still waits for its first address. */
	readonly sinceStart: boolean;
}

/** What one netmon leaves to the next one of the same sandbox, namespace and boot. */
export interface WatchState {
	readonly announced: Announced;
	readonly links: readonly RememberedLink[];
	/** Above every incarnation in it. */
	readonly serial: number;
}

/** Where the state is kept. `begin` and `save` throw where it cannot be written. */
export interface StateStore {
	/** The state that an earlier run has left, a call whose end is not known already counted as unsure. */
	load(): WatchState | undefined;
	/** Before a call: from here on its end is not known. */
	begin(step: Step): void;
	/** After a call, and whenever something else in it has changed. */
	save(state: WatchState): void;
}
