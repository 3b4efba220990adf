import type {Announced} from './announced.js';
import type {LinkIdentity} from './interface-table.js';
import type {Step} from './step.js';

/** What the state keeps of a link, to recognise it after a restart. */
export interface RememberedLink extends LinkIdentity {
	readonly hwaddr: string;
	readonly kind: string;
	/** Whether it was there at the first start and has not been announced since: then it still waits for its first address. */
	readonly sinceStart: boolean;
}

/** What one run of netmon leaves for the next one with the same sandbox, namespace and boot. */
export interface SandboxState {
	readonly announced: Announced;
	readonly links: readonly RememberedLink[];
	/** A number above every incarnation in the state. */
	readonly serial: number;
}

/** What an earlier run left. */
export interface KeptState {
	readonly state: SandboxState;
	/** A call that was running: its outcome is unknown. */
	readonly unfinished?: Step;
}

/** Keeps the state. `begin` and `save` throw if it cannot be written. */
export interface StateStore {
	load(): KeptState | undefined;
	/** Records a call before it starts. Until the next `save`, its outcome is unknown. */
	begin(step: Step): void;
	/** Saves the state: after a call, and after each other change. */
	save(state: SandboxState): void;
}
