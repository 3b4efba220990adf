import type {AnnouncedInterface} from '../model/announced.js';
import type {InterfaceTable, TrackedLink} from '../model/interface-table.js';
import {withoutNameClashes} from './name-clashes.js';
import {collectWishes, type DesiredInterfaces, judge, type Rules, type Verdict} from './rules.js';
import {compareTables} from './table-difference.js';

/**
 * Desires what desireInterfaces does, and remembers: of a thousand interfaces a change concerns one. What becomes wanted
 * is then the last of all, and not where the table has it.
 */
export class Desires {
	readonly #rules: Rules;
	/** Verdicts hold as long as the link and its entry are the same, and no time is waited for. */
	readonly #verdicts = new WeakMap<TrackedLink, {entry: AnnouncedInterface | undefined; verdict: Verdict}>();
	#last: {table: InterfaceTable; announced: readonly AnnouncedInterface[]; desired: DesiredInterfaces} | undefined;

	constructor(rules: Rules) {
		this.#rules = rules;
	}

	of(table: InterfaceTable, announced: readonly AnnouncedInterface[], now: number): DesiredInterfaces {
		const judged = (tracked: TrackedLink, entry: AnnouncedInterface | undefined) => this.#judge(tracked, entry, now);
		const last = this.#last;
		let desired: DesiredInterfaces;
		if (last === undefined || last.announced !== announced || last.desired.nextAt !== undefined) {
			desired = collectWishes(new Map(), table.values(), announced, judged);
		} else {
			const {moved, gone} = compareTables(last.table, table);
			const wanted = new Map(last.desired.wanted);
			for (const {link} of gone) wanted.delete(link.ifindex);
			desired = collectWishes(
				wanted,
				moved.map(({after}) => after),
				announced,
				judged,
			);
		}
		this.#last = {table, announced, desired};
		return withoutNameClashes(desired, this.#rules.families);
	}

	#judge(tracked: TrackedLink, entry: AnnouncedInterface | undefined, now: number): Verdict {
		const known = this.#verdicts.get(tracked);
		if (known !== undefined && known.entry === entry) return known.verdict;
		const verdict = judge(tracked, entry, this.#rules, now);
		if (verdict.decision !== 'waiting') this.#verdicts.set(tracked, {entry, verdict});
		return verdict;
	}
}
