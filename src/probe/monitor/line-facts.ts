import {textOfLatin1} from '../../text/byte-text.js';

/** What a route's line says: its destination as `ip -j` prints it, and its first device, whose name may be an old one. */
export interface RouteFacts {
	readonly dst: string;
	readonly dev?: string;
	/** To tell the line from one that says something else. */
	readonly state: string;
}

/** Types of routes stand before the destination, unicast without -d excepted (rtn_names, lib/rt_names.c). */
const routeForm = /^(?:(?:none|unicast|local|broadcast|anycast|multicast|blackhole|unreachable|prohibit|throw|nat|xresolve) )?(\S+)/;

export function routeFacts(said: string): RouteFacts | undefined {
	const dst = routeForm.exec(said)?.[1];
	const dev = / dev (\S+)/.exec(said)?.[1];
	if (dst === undefined) return undefined;
	// A lifetime counts down.
	const state = said.replace(/ expires \S+/, '');
	return dev === undefined ? {dst, state} : {dst, dev: textOfLatin1(dev), state};
}

/** The address of an address's line, without its prefix length. */
export function localAddress(said: string): string | undefined {
	return / inet6? ([^\s/]+)/.exec(said)?.[1];
}

/** What people see of a link in its line; not its group or queue, which records do not have. */
export function linkState(said: string): string {
	const [details = ''] = said.split('\\', 1);
	return (details.match(/^\d+: \S+|<[^>]*>| (?:mtu|master|state) \S+/g) ?? []).join('');
}
