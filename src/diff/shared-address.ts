import type {AnnouncedInterface} from '../model/announced.js';
import type {HeldReason} from '../model/reason.js';

/** Kinds that the consumer can attach while a sandbox runs; it refuses all others each time (docs/rules.md). */
const attachable: ReadonlySet<string> = new Set(['veth', 'tap']);

export function isAttachable(linkType: string): boolean {
	return attachable.has(linkType);
}

/** Whether a delete of one may detach the other: the consumer knows them by their hardware address alone. */
export function sharesAddress(one: AnnouncedInterface, other: AnnouncedInterface): boolean {
	return one.record.hwaddr !== '' && one.record.hwaddr === other.record.hwaddr;
}

/** An announced interface that should be detached, and why it stays. */
export interface Held {
	readonly entry: AnnouncedInterface;
	readonly reason: HeldReason;
}

/**
 * Of the interfaces that should be detached those whose delete would detach another one for ever: one that the guest has,
 * that remains, and that could not be attached again. A stale endpoint is better than a lost one.
 *
 * @param remains whether an interface is one that the guest is to have
 */
export function heldByAddress(
	interfaces: readonly AnnouncedInterface[],
	doomed: readonly AnnouncedInterface[],
	remains: (entry: AnnouncedInterface) => boolean,
): Held[] {
	const stuck = interfaces.filter((entry) => entry.standing === 'told' && !isAttachable(entry.record.linkType) && remains(entry));
	if (stuck.length === 0) return [];
	return doomed.flatMap((entry) => {
		const lost = stuck.find((other) => other !== entry && sharesAddress(entry, other)) ?? stuck.find((other) => other === entry);
		const shared = interfaces.some((other) => other !== entry && other.standing !== 'withdrawn' && sharesAddress(entry, other));
		if (lost === undefined || !shared) return [];
		const {hwaddr, name: ifname, linkType: kind} = lost.record;
		return [{entry, reason: {code: 'shared-address-unattachable', hwaddr, ifname, kind}}];
	});
}
