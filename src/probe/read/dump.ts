/** What `ip` printed. If it is not complete, entries may be missing, and nothing counts as gone. */
export interface Dump<Entry> {
	readonly entries: readonly Entry[];
	readonly complete: boolean;
	/** Entries that cannot be read: nothing is concluded about them. Known routes among them stay in `entries`. */
	readonly unread?: readonly Unread[];
	/** Indices of links that `ip -d` cannot show: their alias is missing, and their kind may be. */
	readonly undetailed?: readonly number[];
}

/** Something that `ip` printed and that cannot be read. Without an index (or a destination) it may be anything. */
export interface Unread {
	readonly ifindex?: number;
	readonly ifname?: string;
	readonly dst?: string;
	readonly reason: string;
}
