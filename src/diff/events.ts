import type {Delta, LookFacts} from '../model/picture.js';
import type {Causes} from './causes.js';
import type {Draft} from './draft.js';
import {foundLinks, linkEvents} from './link-events.js';
import {foundRoutes, routeEvents} from './route-events.js';

/**
 * The events of one look, in the order of causes: an interface before its addresses, addresses before routes.
 *
 * @param causes events of earlier looks that may have removed routes; cleared once the routes are read
 */
export function eventsOf({links, routes}: Delta, look: LookFacts, causes: Causes): Draft[] {
	const splices = [...routes.values()];
	if (look.cause === 'start') return [...foundLinks(links), ...splices.flatMap(foundRoutes)];
	const events = linkEvents(links, look, causes);
	if (splices.length === 0) return events;
	const ofRoutes = splices.flatMap((splice) => routeEvents(splice, look, causes));
	causes.clear();
	// Not push(...events): a hundred thousand arguments overflow the stack.
	return events.length === 0 ? ofRoutes : events.concat(ofRoutes);
}
