/** Resolves to the first result that is neither undefined nor false. Rejects after the limit, and says what it waited for. */
export async function waitFor<Result>(
	what: string,
	look: () => Result | Promise<Result>,
	limitMs = 15_000,
): Promise<Exclude<Result, undefined | false>> {
	const until = performance.now() + limitMs;
	for (;;) {
		const result = await look();
		if (result !== undefined && result !== false) return result as Exclude<Result, undefined | false>;
		if (performance.now() > until) throw new Error(`waited ${limitMs} ms in vain for ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
}
