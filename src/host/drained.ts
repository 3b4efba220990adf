/** Node runs every promise reaction, however long the chain, before the next immediate. */
export function drained(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}
