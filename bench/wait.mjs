export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Resolves with the first result that is neither undefined nor false. */
export async function waitFor(what, look, limitMs = 60_000, everyMs = 2) {
	const until = performance.now() + limitMs;
	for (;;) {
		const result = await look();
		if (result !== undefined && result !== false) return result;
		if (performance.now() > until) throw new Error(`waited ${limitMs} ms in vain for ${what}`);
		await sleep(everyMs);
	}
}
