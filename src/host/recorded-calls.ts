import type {CallOutcome, RuntimeCall} from '../model/call.js';
import type {Recorded} from './recorded.js';

/** Calls that should fail: the first ones of an operation, for one interface or for any. */
export interface Failing {
	readonly op: string;
	/** Undefined: any interface. */
	readonly ifname: string | undefined;
	readonly count: number;
}

interface Ended {
	readonly outcome: CallOutcome;
	readonly ms: number;
}

/** For a kind of call that the recording does not have. */
const unknownEnd: Ended = {outcome: {ok: true}, ms: 1};

/**
 * Decides how the calls of a replay end. The nth call of a kind (an operation for an interface) ends like the nth recorded one, and
 * later ones like the last. A call of a kind that was not recorded succeeds.
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
