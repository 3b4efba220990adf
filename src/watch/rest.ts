/** The share of a look's duration to rest before the next one, so that a flood of events leaves time for the calls. */
const restShare = 0.5;
const noRestBelowMs = 3;
/** More events than this during one look are a storm: a longer rest gathers more of it and saves many looks. */
const stormEvents = 50;
const stormRestMs = 25;

/** How long to rest between two looks, in milliseconds. */
export function restAfter(tookMs: number, eventsDuringLook: number): number {
	const share = tookMs > noRestBelowMs ? tookMs * restShare : 0;
	return eventsDuringLook > stormEvents ? Math.max(share, stormRestMs) : share;
}
