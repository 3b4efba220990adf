import type {Family, Link} from './link.js';
import type {Route} from './route.js';

/** One difference inside a record, as deep-diff found it. */
export interface Difference {
	/** The field, or `addresses` followed by the address. */
	readonly path: readonly string[];
	readonly before?: unknown;
	readonly after?: unknown;
}

export type ChangeAction = 'found' | 'added' | 'changed' | 'removed';

export interface InterfaceChange {
	readonly type: 'interface';
	readonly action: ChangeAction;
	readonly ifindex: number;
	readonly ifname: string;
	/** The interface after the change; for `removed` as it was last seen. */
	readonly interface: Link;
	/** For `changed` only. */
	readonly differences?: readonly Difference[];
}

export interface RouteChange {
	readonly type: 'route';
	readonly action: ChangeAction;
	readonly family: Family;
	readonly route: Route;
	/** For `changed` only. */
	readonly differences?: readonly Difference[];
}

export type Change = InterfaceChange | RouteChange;
