import {textOfLatin1} from '../../text/byte-text.js';

/** The facts in a route's line: its destination as `ip -j` prints it, and its first device, whose name may be stale. */
export interface RouteFacts {
	readonly dst: string;
	readonly dev?: string;
	/** The content of the line, to distinguish different lines. */
	readonly state: string;
}

/** The type stands before the destination, except `unicast` without -d (rtn_names, lib/rt_names.c). */
const routeForm = /^(?:(?:none|unicast|local|broadcast|anycast|multicast|blackhole|unreachable|prohibit|throw|nat|xresolve) )?(\S+)/;

export function routeFacts(said: string): RouteFacts | undefined {
	const dst = routeForm.exec(said)?.[1];
	const dev = / dev (\S+)/.exec(said)?.[1];
	if (dst === undefined) return undefined;
	// A lifetime counts down, so it is no change.
	const state = said.replace(/ expires \S+/, '');
	return dev === undefined ? {dst, state} : {dst, dev: textOfLatin1(dev), state};
}

/** The address in an address line, without its prefix length. */
export function localAddress(said: string): string | undefined {
	return / inet6? ([^\s/]+)/.exec(said)?.[1];
}

/** The visible state of a link in its line. It ignores group and queue, which records do not have. */
export function linkState(said: string): string {
	const [details = ''] = said.split('\\', 1);
	return (details.match(/^\d+: \S+|<[^>]*>| (?:mtu|master|state) \S+/g) ?? []).join('');
}
