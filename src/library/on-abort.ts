/** Listeners by signal. Node warns about more than ten listeners on one signal, and many watches may share one. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls once the signal is aborted. The returned function cancels that. */
export function onAbort(signal: AbortSignal | undefined, call: () => void): () => void {
	if (signal === undefined) return () => undefined;
	const calls = waiting.get(signal) ?? listenTo(signal);
	calls.add(call);
	return () => calls.delete(call);
}

function listenTo(signal: AbortSignal): Set<() => void> {
	const calls = new Set<() => void>();
	waiting.set(signal, calls);
	signal.addEventListener(
		'abort',
		() => {
			for (const call of calls) call();
		},
		{once: true},
	);
	return calls;
}
