import type {AnnouncedInterface} from '../model/announced.js';
import type {HeldReason} from '../model/reason.js';

/** Kinds that the consumer can attach while a sandbox runs. It always refuses all others (docs/rules.md). */
const attachable: ReadonlySet<string> = new Set(['veth', 'tap']);

export function isAttachable(linkType: string): boolean {
	return attachable.has(linkType);
}

/** Whether deleting one may detach the other: the consumer identifies them by hardware address alone. */
export function sharesAddress(one: AnnouncedInterface, other: AnnouncedInterface): boolean {
	return one.record.hwaddr !== '' && one.record.hwaddr === other.record.hwaddr;
}

/** An announced interface that should be detached but stays, and why. */
export interface Held {
	readonly entry: AnnouncedInterface;
	readonly reason: HeldReason;
}

/**
 * The interfaces that should be detached but stay, because their delete would detach another one for ever: one that the guest has, that
 * remains, and that could not be attached again. A stale endpoint is better than a lost one.
 *
 * @param remains whether the guest should keep an interface
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
