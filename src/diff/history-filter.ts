import type {EventBody} from '../model/event.js';
import {addressWords, covers as isIn, parsePrefix} from '../text/ip-prefix.js';
import type {EventFilter} from './event-filter.js';

/** The part of the history that the user asked for. Empty lists restrict nothing. */
export interface HistoryChoice {
	/** Destinations as `ip` prints them. */
	readonly routes: readonly string[];
	readonly addresses: readonly string[];
}

/** Whether the user named routes or addresses: then events about the start (`…-found`) are of interest too. */
function namesSomething({routes, addresses}: HistoryChoice): boolean {
	return routes.length > 0 || addresses.length > 0;
}

/**
 * Restricts a filter to these routes and addresses, and to the routes that cover the addresses. Events about the watch itself still
 * count.
 */
export function historyFilter(choice: HistoryChoice, filter: EventFilter): EventFilter {
	if (!namesSomething(choice)) return (body) => !body.event.endsWith('-found') && filter(body);
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

function familyOf(address: string): 'inet' | 'inet6' {
	return address.includes(':') ? 'inet6' : 'inet';
}
