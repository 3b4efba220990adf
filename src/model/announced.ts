import type {LinkIdentity} from './interface-table.js';

export interface RecordAddress {
	/** AF_INET or AF_INET6. */
	readonly family: 2 | 10;
	readonly address: string;
	readonly mask: string;
}

/** What the runtime is told about an interface; payload.ts writes it in the form of each profile. */
export interface AnnouncedRecord {
	readonly name: string;
	readonly addresses: readonly RecordAddress[];
	readonly mtu: number;
	readonly hwaddr: string;
	readonly linkType: string;
}

/**
 * - `told`: the runtime has it.
 * - `unsure`: a call for it failed, or another endpoint with its hardware address was
 *   detached: only a del-iface settles whether the runtime has it.
 * - `withdrawn`: the runtime no longer has it, but should have it again.
 */
export type Standing = 'told' | 'unsure' | 'withdrawn';

export interface AnnouncedInterface extends LinkIdentity {
	readonly record: AnnouncedRecord;
	readonly standing: Standing;
}

/** What the runtime has successfully been told. */
export interface Announced {
	/** In the order in which they were announced, which is the order of the consumer's endpoints. */
	readonly interfaces: readonly AnnouncedInterface[];
	/** Fingerprint of the last route list that the runtime accepted; undefined if unknown. */
	readonly routes: string | undefined;
	/** Whether an interface call has succeeded since: then the list is sent again even if it is the same. */
	readonly routesOwed: boolean;
}

/** Finds what is announced under an identity. */
export type EntryFinder = (ifindex: number, incarnation: number) => AnnouncedInterface | undefined;

/** Indexes a list of announced interfaces. Two entries may share an ifindex while an old incarnation waits to be deleted. */
export function entryFinder(list: readonly AnnouncedInterface[]): EntryFinder {
	const index = new Map(list.map((entry) => [entry.ifindex, entry]));
	return (ifindex, incarnation) => {
		const found = index.get(ifindex);
		if (found === undefined || found.incarnation === incarnation) return found;
		return list.find((entry) => entry.ifindex === ifindex && entry.incarnation === incarnation);
	};
}
