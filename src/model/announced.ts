import type {LinkIdentity} from './interface-table.js';

export interface RecordAddress {
	/** AF_INET or AF_INET6. */
	readonly family: 2 | 10;
	readonly address: string;
	readonly mask: string;
}

/** What the runtime is told of an interface. runtime/payload.ts writes it for each profile. */
export interface InterfaceRecord {
	readonly name: string;
	readonly addresses: readonly RecordAddress[];
	readonly mtu: number;
	readonly hwaddr: string;
	readonly linkType: string;
}

/**
 * - `told`: the runtime has it.
 * - `unsure`: a call for it failed, or an endpoint with the same hardware address was detached. Nobody knows whether
 *   the runtime has it until a del-iface has succeeded.
 * - `withdrawn`: the runtime does not have it now, but must get it again.
 */
export type Standing = 'told' | 'unsure' | 'withdrawn';

export interface AnnouncedInterface extends LinkIdentity {
	readonly record: InterfaceRecord;
	readonly standing: Standing;
}

/** What the runtime has accepted. */
export interface Announced {
	/** In the order of their calls, which is the order of the consumer's endpoints. */
	readonly interfaces: readonly AnnouncedInterface[];
	/** Fingerprint of the last route list that the runtime accepted; undefined if not known. */
	readonly routes: string | undefined;
	/** Whether an interface call has succeeded since, so that the list must be sent again even if it is the same. */
	readonly routesOwed: boolean;
}

const indices = new WeakMap<readonly AnnouncedInterface[], ReadonlyMap<number, AnnouncedInterface>>();

/**
 * Returns a function that finds the entry of an interface. Each plan asks it for every interface, so each list is indexed once.
 * Two entries may have the same ifindex, when an old incarnation is still to be deleted. Then the list is searched.
 */
export function entryFinder(list: readonly AnnouncedInterface[]): (ifindex: number, incarnation: number) => AnnouncedInterface | undefined {
	const index = indices.get(list) ?? new Map(list.map((entry) => [entry.ifindex, entry]));
	indices.set(list, index);
	return (ifindex, incarnation) => {
		const found = index.get(ifindex);
		if (found === undefined || found.incarnation === incarnation) return found;
		return list.find((entry) => entry.ifindex === ifindex && entry.incarnation === incarnation);
	};
}
