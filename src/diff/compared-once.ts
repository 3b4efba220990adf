/** A comparison whose results are kept. */
export interface ComparedOnce<Thing, Result> {
	(before: Thing, after: Thing): Result;
	/** Keeps a result that was come by on another way. */
	know(before: Thing, after: Thing, result: Result): void;
}

/**
 * A comparison that several ask for about the same two things: worked out once, for the last thing that the newer one
 * was compared with. Neither is kept alive by it.
 */
export function comparedOnce<Thing extends object, Result>(compare: (before: Thing, after: Thing) => Result): ComparedOnce<Thing, Result> {
	const known = new WeakMap<Thing, {readonly before: WeakRef<Thing>; readonly result: Result}>();
	const know = (before: Thing, after: Thing, result: Result) => {
		known.set(after, {before: new WeakRef(before), result});
	};
	const compared = (before: Thing, after: Thing) => {
		const last = known.get(after);
		if (last?.before.deref() === before) return last.result;
		const result = compare(before, after);
		know(before, after, result);
		return result;
	};
	return Object.assign(compared, {know});
}
