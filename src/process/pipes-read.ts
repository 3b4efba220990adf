/**
 * Resolves when what a process had written before its end has been read. Its end may be seen together with that of another
 * child, before its pipe is looked at: only the loop's next turn does that for sure.
 */
export function pipesRead(): Promise<void> {
	return new Promise((resolve) => {
		setImmediate(() => setImmediate(resolve));
	});
}
