import type {Link} from './link.js';

/**
 * A link, with what is known about it beyond the last look. The kernel may give the index of a deleted link to a new one at once, so
 * index and incarnation together identify a link.
 */
export interface TrackedLink {
	readonly link: Link;
	readonly incarnation: number;
	/** Whether it was there at the start. Then it waits for its first address without a limit (docs/rules.md, rule 2). */
	readonly sinceStart: boolean;
	/** Milliseconds on the engine's clock. */
	readonly changedAt: number;
	/**
	 * Set when its hardware address has changed, until a poll confirms that no event was missed. If events were missed, the link may have
	 * been deleted and another one created with the same index.
	 */
	readonly doubtful?: true;
}

/** All links by ifindex, in the order of the kernel's dump. */
export type InterfaceTable = ReadonlyMap<number, TrackedLink>;

export interface LinkIdentity {
	readonly ifindex: number;
	readonly incarnation: number;
}

export function sameIdentity(a: LinkIdentity, b: LinkIdentity): boolean {
	return a.ifindex === b.ifindex && a.incarnation === b.incarnation;
}

export function identityKey(identity: LinkIdentity): string {
	return `${identity.ifindex}.${identity.incarnation}`;
}
