import type {Link} from './link.js';

/**
 * A link and what is known about it beyond the last snapshot. The kernel may give an index
 * to a new link at once, so a link is told apart by index *and* incarnation.
 */
export interface TrackedLink {
	readonly link: Link;
	readonly incarnation: number;
	/** There at the start: waits for its first address however long (docs/rules.md, rule 2). */
	readonly sinceStart: boolean;
	/** Milliseconds on the engine's clock. */
	readonly changedAt: number;
	/**
	 * Its hardware address has changed, and no poll has confirmed since that no event was missed: if one was,
	 * it may have been another link's deletion and birth that looked like a change.
	 */
	readonly doubtful?: true;
}

/** The tracked interface table, by ifindex, in the order of the kernel's dump. */
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
