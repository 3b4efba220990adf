import PQueue from 'p-queue';
import type {Call, CallOutcome, Consumer} from '../model/call.js';

const closed: CallOutcome = {ok: false, reason: 'netmon ends', started: false};

/** Lets only so many calls of several consumers run at once. The calls of each are serial already: its teller waits for every one. */
export class CallLimit {
	readonly #queue: PQueue;

	constructor(most: number) {
		this.#queue = new PQueue({concurrency: most});
	}

	/** The same consumer, under the limit. A call that has not begun when it is closed is not made any more. */
	limited<Told extends Call>(consumer: Consumer<Told>): Consumer<Told> {
		let isClosed = false;
		return {
			tell: (call) => this.#queue.add(async () => (isClosed ? closed : await consumer.tell(call))),
			close(graceMs) {
				isClosed = true;
				return consumer.close(graceMs);
			},
		};
	}
}
