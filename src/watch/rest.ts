/** Share of a look's own time that passes before the next, so that a flood leaves time for the calls. */
const restShare = 0.5;
const noRestBelowMs = 3;
/** More events than this during one look are a storm: the next look waits for more of it, and saves many. */
const stormEvents = 50;
const stormRestMs = 25;

/** How long to rest between two looks, in milliseconds. */
export function restAfter(tookMs: number, eventsDuringLook: number): number {
	const share = tookMs > noRestBelowMs ? tookMs * restShare : 0;
	return eventsDuringLook > stormEvents ? Math.max(share, stormRestMs) : share;
}
