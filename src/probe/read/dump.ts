/** What `ip` said; where it is not complete, entries may be missing and nothing may be concluded to be gone. */
export interface Dump<Entry> {
	readonly entries: readonly Entry[];
	readonly complete: boolean;
	/** Left out, for they cannot be read: nothing may be concluded about them. Routes that were known are among the entries. */
	readonly unread?: readonly Unread[];
	/** Indices of links that `ip -d` cannot show: their alias is missing, and their kind may be. */
	readonly undetailed?: readonly number[];
}

/** Something that `ip` has printed and that cannot be read; without an index (or a destination) it may be anything. */
export interface Unread {
	readonly ifindex?: number;
	readonly ifname?: string;
	readonly dst?: string;
	readonly reason: string;
}
