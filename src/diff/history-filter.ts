import type {EventBody} from '../model/event.js';
import {addressWords, familyOf, covers as isIn, parsePrefix} from '../text/ip-prefix.js';
import type {EventFilter} from './event-filter.js';

/** The part of the history that the user asked for. Empty lists restrict nothing. */
export interface HistoryChoice {
	/** Destinations as `ip` prints them. */
	readonly routes: readonly string[];
	readonly addresses: readonly string[];
}

/**
 * Restricts a filter to these routes and addresses, and to the routes that cover the addresses. Events about the watch itself still
 * count. Events about the start (`…-found`) count only if a route or an address is named.
 */
export function historyFilter(choice: HistoryChoice, filter: EventFilter): EventFilter {
	const namesNothing = choice.routes.length === 0 && choice.addresses.length === 0;
	if (namesNothing) return (body) => !body.event.endsWith('-found') && filter(body);
	return (body) => filter(body) && concerns(body, choice);
}

function concerns(body: EventBody, {routes, addresses}: HistoryChoice): boolean {
	if ('address' in body) return addresses.some((asked) => covers(`${body.address.local}/${body.address.prefixlen}`, asked));
	if (body.event === 'route-flapped' || 'route' in body) {
		const {route} = body;
		if (route === undefined) return true;
		if (routes.includes(route.dst)) return true;
		if (!('family' in route)) return addresses.some((asked) => route.dst === 'default' || covers(route.dst, asked));
		return addresses.some(
			(asked) =>
				(route.family === familyOf(asked) && covers(route.dst, asked)) || [route.gateway, route.via?.host, route.prefsrc].includes(asked),
		);
	}
	return !('interface' in body) && body.event !== 'interface-flapped' && body.event !== 'call';
}

/** Whether the address is in this network, written with a length, without one, or as `default`. */
function covers(network: string, address: string): boolean {
	return network === 'default' || isIn(parsePrefix(network), addressWords(address));
}
