const unitMs: Readonly<Record<string, number>> = {ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000};
const form = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** A timer (time/clock.ts) holds whole milliseconds as a number. Those are exact up to this limit: 285,000 years. */
const longestMs = Number.MAX_SAFE_INTEGER;

/** Parses `250ms`, `2s`, `5m`, `1h`, `7d` into milliseconds, and `0`, which needs no unit; undefined if it is none of these. */
export function parseDuration(text: string): number | undefined {
	if (text === '0') return 0;
	const [, number, unit = ''] = form.exec(text) ?? [];
	const factor = unitMs[unit];
	if (factor === undefined) return undefined;
	const ms = Math.round(Number(number) * factor);
	return ms <= longestMs ? ms : undefined;
}
