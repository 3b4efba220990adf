const unitBytes: Readonly<Record<string, number>> = {B: 1, kB: 1000, MB: 1_000_000, GB: 1_000_000_000};

/** Parses `500kB`, `64MB`, `2GB` into bytes; undefined if it is none of these. */
export function parseSize(text: string): number | undefined {
	const [, number, unit = ''] = /^(\d+(?:\.\d+)?)(B|kB|MB|GB)$/.exec(text) ?? [];
	const factor = unitBytes[unit];
	if (factor === undefined) return undefined;
	const bytes = Math.round(Number(number) * factor);
	return bytes <= Number.MAX_SAFE_INTEGER ? bytes : undefined;
}
