import {textOfLatin1} from '../../text/byte-text.js';

/** The facts in a route's line: its destination as `ip -j` prints it, and its first device, whose name may be stale. */
export interface RouteFacts {
	readonly dst: string;
	readonly dev?: string;
	/** The content of the line, to distinguish different lines. */
	readonly state: string;
}

/** The type stands before the destination, except `unicast` without -d (rtn_names, lib/rt_names.c). */
const routeTypes: ReadonlySet<string> = new Set(
	'none unicast local broadcast anycast multicast blackhole unreachable prohibit throw nat xresolve'.split(' '),
);

/** Searches for strings only: a storm has a hundred thousand of these lines, and expressions take four times as long. */
export function routeFacts(said: string): RouteFacts | undefined {
	const first = wordAt(said, 0);
	const dst = routeTypes.has(first) ? wordAt(said, first.length + 1) : first;
	if (dst === '') return undefined;
	const at = said.indexOf(' dev ');
	const dev = at < 0 ? '' : wordAt(said, at + ' dev '.length);
	// A lifetime counts down, so it is no change.
	const state = said.includes(' expires ') ? said.replace(/ expires \S+/, '') : said;
	return dev === '' ? {dst, state} : {dst, dev: textOfLatin1(dev), state};
}

/** The text from here to the next space. */
function wordAt(text: string, start: number): string {
	const end = text.indexOf(' ', start);
	return end < 0 ? text.slice(start) : text.slice(start, end);
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
