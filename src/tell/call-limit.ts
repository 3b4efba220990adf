import PQueue from 'p-queue';
import type {Call, CallOutcome, Consumer} from '../model/call.js';
import type {Clock} from '../time/clock.js';
import {endedOrLate} from '../time/ended-or-late.js';

const closed: CallOutcome = {ok: false, reason: 'netmon ends', started: false};

/** A call that takes longer than this is not waiting for a processor, so it no longer counts against the limit. */
const slowCallMs = 2000;

/** Limits how many calls of all consumers run at once. The calls of one consumer are already serial: its teller waits for each. */
export class CallLimit {
	readonly #queue: PQueue;
	readonly #clock: Clock;

	constructor(most: number, clock: Clock) {
		this.#queue = new PQueue({concurrency: most});
		this.#clock = clock;
	}

	/** Puts a consumer under the limit. A call that has not begun when the consumer closes is not made. */
	limited<OwnCall extends Call>(consumer: Consumer<OwnCall>): Consumer<OwnCall> {
		const waiting = new Set<(outcome: CallOutcome) => void>();
		return {
			tell: (call) =>
				new Promise((resolve) => {
					const askedAt = this.#clock.now();
					waiting.add(resolve);
					void this.#queue.add(async () => {
						if (!waiting.delete(resolve)) return;
						const waitedMs = this.#clock.now() - askedAt;
						const told = consumer.tell(call);
						void told.then((outcome) => resolve({...outcome, waitedMs}));
						await endedOrLate(told, slowCallMs, this.#clock);
					});
				}),
			close(graceMs) {
				for (const resolve of waiting) resolve(closed);
				waiting.clear();
				return consumer.close(graceMs);
			},
		};
	}
}
