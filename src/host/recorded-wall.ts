import type {Recorded, RunLine} from './recorded.js';

/** The wall clock of a recorded run at a moment of its monotonic clock: that of the last line before it, plus the time since. */
export class RecordedWall {
	readonly #known: readonly {readonly at: number; readonly wall: number}[];

	constructor(run: RunLine, lines: readonly Recorded[]) {
		const known = lines.flatMap((line) => (line.what === 'run' ? [] : [{at: line.at, wall: Date.parse(line.wall)}]));
		this.#known = [{at: 0, wall: Date.parse(run.wall)}, ...known].toSorted((a, b) => a.at - b.at);
	}

	/** Milliseconds since 1970. */
	at(moment: number): number {
		let [low, high] = [0, this.#known.length];
		while (low < high) {
			const middle = (low + high) >> 1;
			if ((this.#known[middle]?.at ?? 0) > moment) high = middle;
			else low = middle + 1;
		}
		const {at, wall} = this.#known[low - 1] ?? {at: moment, wall: 0};
		return wall + moment - at;
	}
}
