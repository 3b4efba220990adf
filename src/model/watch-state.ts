import type {Announced} from './announced.js';
import type {Decision} from './decision.js';
import type {InterfaceRecord} from './event.js';
import type {Route} from './route.js';

/** A call that has failed and is held back until its retry. */
export interface HeldCall {
	/** `add-iface`, …, and its subject. */
	readonly call: string;
	/** The attempts so far. */
	readonly attempts: number;
	readonly reason: string;
	readonly stderr?: string;
	/** ISO 8601, UTC. */
	readonly until: string;
}

/** One namespace of `/state`. */
export interface NamespaceState {
	/** null for netmon's own. */
	readonly netns: string | null;
	/** null if nothing is called. */
	readonly sandbox: string | null;
	readonly interfaces: readonly InterfaceRecord[];
	readonly routes: readonly Route[];
	readonly announced: Announced | null;
	readonly decisions: readonly Decision[];
	/** Calls that wait for their turn. */
	readonly waiting: readonly string[];
	readonly held: readonly HeldCall[];
	readonly losses: {readonly count: number; readonly last: string | null};
	/** Changes that the poll found and no event reported. */
	readonly missed: number;
}

/** The answer to `/state` on a netmon's socket. */
export interface WatchState {
	readonly v: 1;
	readonly pid: number;
	readonly version: string;
	/** When it was started: ISO 8601, UTC. */
	readonly since: string;
	readonly namespaces: readonly NamespaceState[];
}
