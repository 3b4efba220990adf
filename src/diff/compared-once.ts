/**
 * A comparison that several ask for about the same two things: worked out once, for the last thing that the newer one
 * was compared with. Neither is kept alive by it.
 */
export function comparedOnce<Thing extends object, Result>(
	compare: (before: Thing, after: Thing) => Result,
): (before: Thing, after: Thing) => Result {
	const known = new WeakMap<Thing, {readonly before: WeakRef<Thing>; readonly result: Result}>();
	return (before, after) => {
		const last = known.get(after);
		if (last?.before.deref() === before) return last.result;
		const result = compare(before, after);
		known.set(after, {before: new WeakRef(before), result});
		return result;
	};
}
