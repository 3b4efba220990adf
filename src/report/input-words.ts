/** The parts of a monitor line that are shown. */
interface Heard {
	readonly kind: string;
	readonly deleted: boolean;
	readonly ifindex?: number | undefined;
	readonly name?: string | undefined;
}

/** An input from outside, in a few words: `monitor: link 4 v0, -route`. */
export function heardWords(events: readonly Heard[]): string {
	const words = events.map(({kind, deleted, ifindex, name}) =>
		[`${deleted ? '-' : ''}${kind}`, ifindex, name].filter((word) => word !== undefined).join(' '),
	);
	return `monitor: ${[...new Set(words)].join(', ')}`;
}
