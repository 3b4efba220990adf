import type {Call} from './call.js';
import type {Envelope, EventBody} from './event.js';
import type {Address, Link} from './link.js';
import type {Route} from './route.js';

/** Something that a hook is told about: an interface, an address of it, or a route, as it is now. */
export type Subject =
	| {readonly kind: 'interface'; readonly incarnation: number; readonly link: Link}
	| {readonly kind: 'address'; readonly incarnation: number; readonly ifindex: number; readonly ifname: string; readonly address: Address}
	/** Several routes may share a key (`ip route append`): they are in the kernel's order, and the first is the one that it uses. */
	| {readonly kind: 'route'; readonly routes: readonly [Route, ...Route[]]};

/** What a hook is told of one subject. */
export type SubjectChange = Extract<
	EventBody,
	{event: `${'interface' | 'address' | 'route'}-${'found' | 'added' | 'changed' | 'removed'}`}
>;

/** One run of a hook program. */
export interface HookCall extends Call {
	readonly event: Envelope & SubjectChange;
}

/** What a hook program was told, by the subject's key. */
export interface HookMemory {
	/** The state that each subject was told with last, or that needs no call. */
	readonly told: ReadonlyMap<string, Subject>;
	/** The state of calls that have begun and have not succeeded; undefined: the subject was gone. */
	readonly tried: ReadonlyMap<string, Subject | undefined>;
	/** Keys of what was there at the start and has not been told. */
	readonly found: ReadonlySet<string>;
}

/** Where that is kept. */
export interface HookStore {
	/** What an earlier run in the same namespace has left; undefined where there is none. */
	load(): HookMemory | undefined;
	/** Throws where it cannot be written. */
	save(memory: HookMemory): void;
}
