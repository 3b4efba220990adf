import type {InterfaceTable, TrackedLink} from './interface-table.js';
import type {Family} from './link.js';
import type {Route} from './route.js';

/** What is there, according to the last looks. */
export interface Picture {
	readonly table: InterfaceTable;
	/** In the order of `ip route show`, which is the kernel's order of preference. */
	readonly routes: ReadonlyMap<Family, readonly Route[]>;
}

/** One change in the interface table. */
export interface LinkDelta {
	readonly ifindex: number;
	/** Undefined if nothing had this index. */
	readonly before: TrackedLink | undefined;
	/** Undefined if nothing has this index now. If the incarnation differs, the old link went and a new one came. */
	readonly after: TrackedLink | undefined;
}

/** The one range in which an ordered route list changed; the routes before and after it are the same. */
export interface RouteSplice {
	readonly start: number;
	readonly removed: readonly Route[];
	readonly added: readonly Route[];
}

/** What a look changed in the picture. `absorb` makes it, and everything downstream uses it. */
export interface Delta {
	readonly links: readonly LinkDelta[];
	/** Only for families whose list changed. */
	readonly routes: ReadonlyMap<Family, RouteSplice>;
}

/** The look that a delta comes from. */
export interface LookFacts {
	/** `event`: monitor lines asked for it; `poll`: the poll asked for it; `loss`: events may have been lost before. */
	readonly cause: 'start' | 'event' | 'poll' | 'loss';
	/** Whether a monitor line reported that a link (by its index), or the routes, may have changed. */
	readonly heard: (subject: number | 'routes') => boolean;
}
