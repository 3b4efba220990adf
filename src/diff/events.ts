import type {Delta, LookFacts} from '../model/picture.js';
import type {Causes} from './causes.js';
import type {Draft} from './draft.js';
import {foundLinks, linkEvents} from './link-events.js';
import {foundRoutes, routeEvents} from './route-events.js';

/**
 * The events of one look, in the order of causes: an interface before its addresses, addresses before routes. They are made one by one,
 * because a look may find a hundred thousand.
 *
 * @param causes events of earlier looks that may have removed routes; cleared once the routes are read
 */
export function* eventsOf({links, routes}: Delta, look: LookFacts, causes: Causes): Generator<Draft, void, undefined> {
	if (look.cause === 'start') {
		yield* foundLinks(links);
		for (const splice of routes.values()) yield* foundRoutes(splice);
		return;
	}
	yield* linkEvents(links, look, causes);
	if (routes.size === 0) return;
	for (const splice of routes.values()) yield* routeEvents(splice, look, causes);
	causes.clear();
}
