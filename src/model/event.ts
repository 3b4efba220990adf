import {bytesOfText, isWellFormed} from '../text/byte-text.js';
import type {Address, Family, Link} from './link.js';
import type {Route} from './route.js';

/** Version of the contract in docs/events.md. */
export const eventVersion = 1;

/** The fields that every event has. */
export interface Envelope {
	/** Version of the contract. */
	readonly v: typeof eventVersion;
	/** Wall clock, ISO 8601, UTC, milliseconds. */
	readonly time: string;
	/** Counts up by one for each event of this namespace in this process: a gap means that events were dropped. */
	readonly seq: number;
	/** Name of the namespace; absent when it is netmon's own. */
	readonly netns?: string;
}

/** Why netmon looked: a line of the monitor, the poll, or a suspected loss of events. */
export type Cause = 'event' | 'poll' | 'loss';

/** The event that caused this one. */
export interface Because {
	readonly event: 'interface-changed' | 'interface-removed' | 'address-removed';
	/** Absent if a filter leaves that event out. */
	readonly seq?: number;
}

export interface ValueDifference {
	/** A key of the record. */
	readonly field: string;
	/** Absent if the record did not have this key before. */
	readonly before?: unknown;
	/** Absent if the record does not have this key now. */
	readonly after?: unknown;
}

export interface FlagsDifference {
	readonly field: 'flags';
	readonly added: readonly string[];
	readonly removed: readonly string[];
}

/** One difference inside a record. */
export type Difference = ValueDifference | FlagsDifference;

/** An interface in an event. */
export interface InterfaceRecord extends Link {
	/** The name in hexadecimal, if it is not UTF-8. */
	readonly ifname_bytes?: string;
}

/** An interface by its name. */
export interface InterfaceName {
	readonly ifindex: number;
	readonly ifname: string;
	readonly ifname_bytes?: string;
}

export function interfaceRecord(link: Link): InterfaceRecord {
	return isWellFormed(link.ifname) ? link : {...link, ifname_bytes: bytesOfText(link.ifname).toString('hex')};
}

export function interfaceName({ifindex, ifname}: Pick<Link, 'ifindex' | 'ifname'>): InterfaceName {
	return isWellFormed(ifname) ? {ifindex, ifname} : {ifindex, ifname, ifname_bytes: bytesOfText(ifname).toString('hex')};
}

interface InterfaceFacts {
	/** After the change; for `interface-removed` the last one known. */
	readonly interface: InterfaceRecord;
}

interface AddressFacts extends InterfaceName {
	readonly address: Address;
}

interface RouteFacts {
	/** After the change; for `route-removed` the last one known. */
	readonly route: Route;
}

interface WithCause {
	readonly cause: Cause;
	readonly because?: Because;
}

interface WithChanges {
	readonly changes: readonly Difference[];
}

export type FoundBody =
	| ({readonly event: 'interface-found'} & InterfaceFacts)
	| ({readonly event: 'address-found'} & AddressFacts)
	| ({readonly event: 'route-found'} & RouteFacts);

export type ChangeBody =
	| ({readonly event: 'interface-added' | 'interface-removed'} & InterfaceFacts & WithCause)
	| ({readonly event: 'interface-changed'} & InterfaceFacts & WithChanges & WithCause)
	| ({readonly event: 'address-added' | 'address-removed'} & AddressFacts & WithCause)
	| ({readonly event: 'address-changed'} & AddressFacts & WithChanges & WithCause)
	| ({readonly event: 'route-added' | 'route-removed'} & RouteFacts & WithCause)
	| ({readonly event: 'route-changed'} & RouteFacts & WithChanges & WithCause);

interface FlapCount {
	/** Lines of the monitor that led to no change. */
	readonly count: number;
	/** Milliseconds from the first of them to the last. */
	readonly within: number;
	/** The number of subjects that this event stands for, if more flap than are reported one by one. */
	readonly subjects?: number;
}

/** Something that came and went, or changed and changed back, between two looks. */
export type FlapBody =
	| ({readonly event: 'interface-flapped'; readonly interface?: InterfaceName} & FlapCount)
	| ({readonly event: 'route-flapped'; readonly route?: {readonly dst: string; readonly dev?: string}} & FlapCount);

/** The consumer was called. */
export interface CallBody {
	readonly event: 'call';
	/** `add-iface`, `del-iface`, `update-routes`. */
	readonly op: string;
	readonly ok: boolean;
	/** Consecutive attempts of the same call, from 1. */
	readonly attempt: number;
	readonly duration_ms: number;
	/** What the consumer received. */
	readonly payload: unknown;
	/** Only for calls about an interface. */
	readonly ifindex?: number;
	readonly ifname?: string;
	/** Why it failed. */
	readonly reason?: string;
	readonly stderr?: string;
	readonly retry_in_ms?: number;
	/** Nothing was called: `--dry-run`. */
	readonly dry_run?: true;
}

/** The process that names a namespace without a name of its own. */
interface NamespaceProcess {
	readonly pid?: number;
	/** The name of its command, as `ps` shows it. */
	readonly command?: string;
	/** The id of its container, if its cgroup names one. */
	readonly container?: string;
}

/** In a journal only: the options that narrow what it keeps. An absent one narrows nothing. */
export interface Kept {
	readonly families?: readonly Family[];
	readonly only?: readonly string[];
	readonly dev?: readonly string[];
}

export type NoticeBody =
	/** The picture is whole; from here on events are changes. The counts are those of the `…-found` before it. */
	| ({readonly event: 'ready'; readonly interfaces: number; readonly routes: number} & Kept)
	/** Events may have been lost; everything is read again. */
	| {readonly event: 'loss'; readonly reason: string}
	/** The poll found this many changes that no event reported. */
	| {readonly event: 'missed'; readonly count: number}
	| ({readonly event: 'namespace-found' | 'namespace-gone' | 'namespace-replaced'} & NamespaceProcess)
	/** The reader of this output was too slow. */
	| {readonly event: 'dropped'; readonly count: number};

export type EventBody = FoundBody | ChangeBody | FlapBody | CallBody | NoticeBody;

/** One event as docs/events.md describes it. */
export type Event = Envelope & EventBody;

/** The kinds of events. */
export type EventKind = Event['event'];
