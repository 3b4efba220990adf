import type {Cause, ChangeBody, FoundBody} from '../model/event.js';
import type {LookFacts} from '../model/picture.js';

/** An event without a number yet. `because` is the draft of the event that caused it. */
export interface Draft {
	readonly body: FoundBody | ChangeBody;
	readonly because?: Draft;
}

/** The cause of one change: the poll, if the poll found it and no line reported it; else its event, or a loss. */
export function causeOf({cause, heard}: LookFacts, subject: number | 'routes'): Cause {
	if (cause === 'poll') return heard(subject) ? 'event' : 'poll';
	return cause === 'loss' ? 'loss' : 'event';
}
