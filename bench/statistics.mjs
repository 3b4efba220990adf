/**
 * @typedef {{count: number, median: number, p95: number, min: number}} Statistics
 */

/**
 * @param {readonly number[]} values
 * @returns {Statistics}
 */
export function statisticsOf(values) {
	const sorted = [...values].sort((a, b) => a - b);
	return {count: sorted.length, median: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), min: sorted[0] ?? Number.NaN};
}

/** Between the two nearest values. */
function quantile(sorted, share) {
	if (sorted.length === 0) return Number.NaN;
	const at = (sorted.length - 1) * share;
	const low = Math.floor(at);
	const high = Math.ceil(at);
	return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}
