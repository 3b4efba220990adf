import type {Call} from './call.js';
import type {Envelope, EventBody} from './event.js';
import type {Address, Link} from './link.js';
import type {Route} from './route.js';

/** Something that hooks are told about, as it is now: an interface, one of its addresses, or a route. */
export type Subject =
	| {readonly kind: 'interface'; readonly incarnation: number; readonly link: Link}
	| {readonly kind: 'address'; readonly incarnation: number; readonly ifindex: number; readonly ifname: string; readonly address: Address}
	/** Several routes may share a key (`ip route append`). They are in the kernel's order, and the kernel uses the first. */
	| {readonly kind: 'route'; readonly routes: readonly [Route, ...Route[]]};

/** What a hook is told about one subject. */
export type SubjectChange = Extract<
	EventBody,
	{event: `${'interface' | 'address' | 'route'}-${'found' | 'added' | 'changed' | 'removed'}`}
>;

/** One run of a hook program. */
export interface HookCall extends Call {
	readonly event: Envelope & SubjectChange;
	/** For the log: the address or the destination that it is about. */
	readonly address?: string;
	readonly dst?: string;
}

/** What a hook program was told, by the subject's key. */
export interface HookMemory {
	/** The last state of each subject that was told, or that needs no call. */
	readonly told: ReadonlyMap<string, Subject>;
	/** The state in calls that have begun and have not succeeded; undefined if the subject was gone. */
	readonly tried: ReadonlyMap<string, Subject | undefined>;
	/** Keys of subjects that were there at the start and have not been told. */
	readonly found: ReadonlySet<string>;
}

/** Keeps that on disk. */
export interface HookStore {
	/** What an earlier run in the same namespace left; undefined if there was none. */
	load(): HookMemory | undefined;
	/** Throws if it cannot be written. */
	save(memory: HookMemory): void;
}
