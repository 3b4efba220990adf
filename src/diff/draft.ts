import type {Cause, ChangeBody, FoundBody, InterfaceName, InterfaceRecord} from '../model/event.js';
import type {Link} from '../model/link.js';
import type {LookFacts} from '../model/picture.js';
import {bytesOfText, isWellFormed} from '../text/byte-text.js';

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

export function interfaceRecord(link: Link): InterfaceRecord {
	return isWellFormed(link.ifname) ? link : {...link, ifname_bytes: bytesOfText(link.ifname).toString('hex')};
}

export function interfaceName({ifindex, ifname}: Pick<Link, 'ifindex' | 'ifname'>): InterfaceName {
	return isWellFormed(ifname) ? {ifindex, ifname} : {ifindex, ifname, ifname_bytes: bytesOfText(ifname).toString('hex')};
}
