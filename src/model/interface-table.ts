import type {Link} from './link.js';

/** A link and what is known about it. Index and incarnation identify it: the kernel may give a deleted link's index to a new one. */
export interface TrackedLink {
	readonly link: Link;
	readonly incarnation: number;
	/** Whether it was there at the start. Then it waits for its first address without a limit (docs/rules.md, rule 2). */
	readonly sinceStart: boolean;
	/** Milliseconds on the engine's clock. */
	readonly changedAt: number;
	/** Its hardware address has changed, and no poll has confirmed yet that no event was missed: it may be another link by now. */
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
