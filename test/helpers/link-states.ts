import type {TestNamespace} from './namespace.js';
import {waitFor} from './wait.js';

/**
 * A link may have a carrier, and not yet the state that follows from it: a work queue of the kernel sets that (linkwatch_event,
 * net/core/link_watch.c). On a busy machine this may come after the route of the fence. `dormant` links wait for a program.
 */
export const waitsForState = /<NO-CARRIER,[^>]*LOWER_UP(?!.*DORMANT)/;

/** A link that is up without a carrier, and still has the state of one with a carrier. */
const keepsState = /<(?![^>]*LOWER_UP)[^>]*\bUP\b[^>]*>.* state (?:UP|UNKNOWN)\b/;

/** Waits until each link has the state that follows from its carrier, so that nothing changes by itself from then on. */
export async function linkStatesSet(namespace: Pick<TestNamespace, 'ip'>): Promise<void> {
	await waitFor('the kernel to set the states of links', () => {
		const links = namespace.ip('-o link');
		return !waitsForState.test(links) && !keepsState.test(links);
	});
}
