import type {Call} from '../helpers/runtime.js';

/** What the guest has. */
export interface Guest {
	/** Names of the endpoints, in the order attached. */
	readonly interfaces: readonly string[];
	/** Destinations. */
	readonly routes: readonly string[] | undefined;
}

interface Endpoint {
	readonly name: string;
	readonly hwaddr: string;
}

/**
 * The consumer as docs/rules.md describes it. Every call is assumed to have done its work, even if it failed afterwards: add-iface always
 * attaches, and del-iface detaches the first endpoint with the hardware address.
 *
 * @param attached endpoints that the runtime made itself
 */
export function guestAfter(calls: readonly Call[], attached: readonly Endpoint[] = []): Guest {
	const endpoints = [...attached];
	let routes: string[] | undefined;
	for (const {op, text} of calls) {
		const payload: unknown = JSON.parse(text);
		if (Array.isArray(payload)) {
			routes = destinationsOf(payload);
			continue;
		}
		const {Name, HwAddr} = Object(payload);
		if (op === 'add-iface') endpoints.push({name: String(Name), hwaddr: String(HwAddr)});
		const at = endpoints.findIndex(({hwaddr}) => hwaddr === HwAddr);
		if (op === 'del-iface' && at >= 0) endpoints.splice(at, 1);
	}
	return {interfaces: endpoints.map(({name}) => name), routes};
}

/** The calls, in short: `add-iface v0`, `update-routes 10.0.0.0/8`. */
export function summaryOf(calls: readonly Call[]): string[] {
	return calls.map(({op, text}) => {
		const payload: unknown = JSON.parse(text);
		return `${op} ${Array.isArray(payload) ? destinationsOf(payload).join(',') : String(Object(payload).Name)}`.trim();
	});
}

/** Without the routes of fences (helpers/netmon.ts). */
function destinationsOf(routes: readonly unknown[]): string[] {
	return routes.map((route) => String(Object(route).Dest)).filter((dest) => !dest.startsWith('198.51.100.'));
}
