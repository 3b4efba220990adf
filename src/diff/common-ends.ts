import {comparedOnce} from './compared-once.js';

/** How many of two lists' entries are the very same objects: at their heads, and of the rest at their tails. */
export interface CommonEnds {
	readonly head: number;
	readonly tail: number;
}

/** Of a hundred thousand routes one changes; all that follows from it begins here. */
export const commonEnds = comparedOnce((before: readonly unknown[], after: readonly unknown[]): CommonEnds => {
	if (before === after) return {head: before.length, tail: 0};
	const most = Math.min(before.length, after.length);
	let head = 0;
	while (head < most && before[head] === after[head]) head += 1;
	let tail = 0;
	while (tail < most - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
	return {head, tail};
});
