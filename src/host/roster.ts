import type {FoundNamespace} from './found-namespace.js';

/** The changes that make the watched namespaces equal to the existing ones. */
export interface RosterChanges {
	/** Namespaces to stop watching. A replaced one has a successor of the same name in `start`. */
	readonly stop: readonly {readonly namespace: FoundNamespace; readonly what: 'gone' | 'replaced'}[];
	readonly start: readonly FoundNamespace[];
}

/** Only netmon's own namespace may have no name. */
export function keyOf({name}: FoundNamespace): string {
	return name ?? '';
}

/**
 * Compares the watched namespaces with those found. A namespace with several names is watched once: under the name that is already used,
 * else under the first one found. So the order of `found` is the order of preference.
 */
export function rosterChanges(watched: Iterable<FoundNamespace>, found: readonly FoundNamespace[]): RosterChanges {
	const before = new Map([...watched].map((namespace) => [keyOf(namespace), namespace]));
	const isWatched = (namespace: FoundNamespace) => before.get(keyOf(namespace))?.identity === namespace.identity;
	const identities = new Set<string>();
	const after = new Map<string, FoundNamespace>();
	for (const namespace of [...found.filter(isWatched), ...found]) {
		if (identities.has(namespace.identity) || after.has(keyOf(namespace))) continue;
		identities.add(namespace.identity);
		after.set(keyOf(namespace), namespace);
	}
	const stop = [...before].flatMap(([key, namespace]) => {
		const now = after.get(key);
		if (now?.identity === namespace.identity) return [];
		return [{namespace, what: now === undefined ? 'gone' : 'replaced'} as const];
	});
	return {stop, start: [...after.values()].filter((namespace) => !isWatched(namespace))};
}
