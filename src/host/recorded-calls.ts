import type {CallOutcome, RuntimeCall} from '../model/call.js';
import type {Recorded} from './recorded.js';

/** Calls that are to fail: the first ones of an operation, of one interface or of any. */
export interface Failing {
	readonly op: string;
	/** Undefined: whichever interface they are for. */
	readonly ifname: string | undefined;
	readonly count: number;
}

interface Ended {
	readonly outcome: CallOutcome;
	readonly ms: number;
}

/** Where a recording has no call of the kind. */
const unknownEnd: Ended = {outcome: {ok: true}, ms: 1};

/**
 * How calls end that were not made when it was recorded: the nth of a kind (an operation for an interface) as the nth recorded one
 * did, all after those as the last did. One of a kind that was never called succeeds.
 */
export class RecordedCalls {
	readonly #ended = new Map<string, Ended[]>();
	readonly #made = new Map<string, number>();
	readonly #failing: {readonly failing: Failing; left: number}[];

	constructor(lines: readonly Recorded[], failing: readonly Failing[]) {
		this.#failing = failing.map((each) => ({failing: each, left: each.count}));
		const begun = new Map(lines.flatMap((line) => (line.what === 'call' ? [[line.id, line] as const] : [])));
		for (const line of lines) {
			const call = line.what === 'called' ? begun.get(line.id) : undefined;
			if (line.what !== 'called' || call === undefined) continue;
			const ended = {outcome: line.outcome, ms: line.at - call.at};
			const list = this.#ended.get(keyOf(call));
			if (list === undefined) this.#ended.set(keyOf(call), [ended]);
			else list.push(ended);
		}
	}

	next(call: RuntimeCall): Ended {
		const {op, ifname} = call;
		const forced = this.#failing.find(
			({failing, left}) => left > 0 && failing.op === op && (failing.ifname === undefined || failing.ifname === ifname),
		);
		if (forced !== undefined) {
			forced.left -= 1;
			return {outcome: {ok: false, reason: 'it was to fail (--fail)'}, ms: unknownEnd.ms};
		}
		const count = this.#made.get(keyOf(call)) ?? 0;
		this.#made.set(keyOf(call), count + 1);
		const list = this.#ended.get(keyOf(call));
		return list?.[count] ?? list?.at(-1) ?? unknownEnd;
	}
}

function keyOf({op, ifname = ''}: Pick<RuntimeCall, 'ifname'> & {readonly op: string}): string {
	return `${op} ${ifname}`;
}
