const unitBytes = {B: 1, kB: 1000, MB: 1_000_000, GB: 1_000_000_000} as const;

/** Parses `500kB`, `64MB`, `2GB` into bytes; undefined if it is none of these. */
export function parseSize(text: string): number | undefined {
	const [, number, unit] = /^(\d+(?:\.\d+)?)(B|kB|MB|GB)$/.exec(text) ?? [];
	if (number === undefined || !isUnit(unit)) return undefined;
	const bytes = Math.round(Number(number) * unitBytes[unit]);
	return bytes <= Number.MAX_SAFE_INTEGER ? bytes : undefined;
}

function isUnit(unit: string | undefined): unit is keyof typeof unitBytes {
	return unit !== undefined && Object.hasOwn(unitBytes, unit);
}
