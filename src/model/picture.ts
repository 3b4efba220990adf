import type {InterfaceTable, TrackedLink} from './interface-table.js';
import type {Family} from './link.js';
import type {Route} from './route.js';

/** What is there, as the last looks have shown it. */
export interface Picture {
	readonly table: InterfaceTable;
	/** In the order of `ip route show`, which is the order in which the kernel prefers them. */
	readonly routes: ReadonlyMap<Family, readonly Route[]>;
}

/** One place of the interface table that is not as before. */
export interface LinkDelta {
	readonly ifindex: number;
	/** Undefined: nothing had this index. */
	readonly before: TrackedLink | undefined;
	/** Undefined: nothing has this index now. Another incarnation than before: the old link went, and a new one came. */
	readonly after: TrackedLink | undefined;
}

/** One stretch of an ordered route list that is not as before; what precedes and follows it is. */
export interface RouteSplice {
	readonly start: number;
	readonly removed: readonly Route[];
	readonly added: readonly Route[];
}

/** What a look has changed in the picture. `absorb` makes it, and everything downstream takes it. */
export interface Delta {
	readonly links: readonly LinkDelta[];
	/** Of the families whose list has changed only. */
	readonly routes: ReadonlyMap<Family, RouteSplice>;
}

/** About which look a delta is. */
export interface LookFacts {
	/** `event`: monitor lines asked for it; `poll`: the poll did; `loss`: events may have been lost before. */
	readonly cause: 'start' | 'event' | 'poll' | 'loss';
	/** Whether a monitor line has reported that a link (by its index), or the routes, may have changed. */
	readonly heard: (subject: number | 'routes') => boolean;
}
