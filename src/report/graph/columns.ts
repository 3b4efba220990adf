/** The fields of a line that matter here. */
interface AnyLine {
	readonly kind: string;
	readonly from: string;
	readonly to: string;
	readonly length: number;
}

/** The number of columns for this many boxes. A box is some three times as high as the port that leads to it. */
const columnsFor = (pairs: number) => Math.ceil(Math.sqrt(pairs / 4));

/**
 * Spreads the namespaces that are connected to one namespace over columns, by the lengths of the lines. Without that, a bridge with sixty
 * containers would be drawn as one column of sixty boxes.
 */
export function inColumns<Line extends AnyLine>(lines: readonly Line[], boxOf: (node: string) => string | undefined): readonly Line[] {
	const byHub = new Map<string, Line[]>();
	for (const line of lines) {
		const hub = line.kind === 'pair' ? boxOf(line.from) : undefined;
		if (hub === undefined || hub === boxOf(line.to)) continue;
		const others = byHub.get(hub) ?? [];
		others.push(line);
		byHub.set(hub, others);
	}
	const lengths = new Map<Line, number>();
	for (const pairs of byHub.values()) for (const [at, pair] of pairs.entries()) lengths.set(pair, 1 + (at % columnsFor(pairs.length)));
	return lines.map((line) => ({...line, length: lengths.get(line) ?? 1}));
}
