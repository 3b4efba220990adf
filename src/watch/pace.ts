import type {Clock} from '../time/clock.js';
import {Timers} from '../time/timers.js';

/** The share of a look's duration to rest before the next one, so that a flood of events leaves time for the calls. */
const restShare = 0.5;
const noRestBelowMs = 3;
/** More events than this during one look are a storm. */
const stormEvents = 50;
/** A storm is over when no line has come for this long, or for this share of a look, which then costs more than the wait. */
const calmMs = 25;
const calmShare = 0.25;
const mostCalmMs = 100;
/** In a storm that goes on, a look may take one part in ten of the time. */
const stormShare = 9;
/** But a change is reported within this time: a rest and two looks, since the first look may have come too early for it. */
const reportMs = 2000;

/** How long to rest after a look, in milliseconds. */
export interface Rest {
	/** This long, if a line was about something other than a route. */
	readonly shortMs: number;
	/** At most this long, while lines about routes keep coming. */
	readonly mostMs: number;
	/** The rest ends when no line has come for this long. */
	readonly calmMs: number;
}

/**
 * A short rest after most looks. In a storm of routes, every look reads all of them again, so a longer rest gathers more of the storm and
 * saves looks.
 */
export function restAfter(tookMs: number, eventsDuringLook: number): Rest {
	const share = tookMs > noRestBelowMs ? tookMs * restShare : 0;
	if (eventsDuringLook <= stormEvents) return {shortMs: share, mostMs: share, calmMs: share};
	const shortMs = Math.max(share, calmMs);
	return {
		shortMs,
		mostMs: Math.max(shortMs, Math.min(tookMs * stormShare, reportMs - 2 * tookMs)),
		calmMs: Math.min(Math.max(tookMs * calmShare, calmMs), mostCalmMs),
	};
}

/** Decides when the next look may begin. After calm that is at once. */
export class Pace {
	readonly #clock: Clock;
	readonly #onRested: () => void;
	readonly #timers: Timers<'rest'>;
	#rest: Rest = {shortMs: 0, mostMs: 0, calmMs: 0};
	#restsSince = 0;
	/** Whether a line since the last look began was about something other than a route. */
	#hurries = false;
	#lines = 0;
	#lastLineAt = 0;

	/** @param onRested called when a rest is over */
	constructor(clock: Clock, onRested: () => void) {
		this.#clock = clock;
		this.#onRested = onRested;
		this.#timers = new Timers(clock);
	}

	get resting(): boolean {
		return this.#timers.has('rest');
	}

	/** @param ofLinks whether some lines were about a link or an address */
	heard(lines: number, ofLinks: boolean): void {
		this.#lines += lines;
		this.#lastLineAt = this.#clock.now();
		if (this.#hurries || !ofLinks) return;
		this.#hurries = true;
		if (this.resting) this.#continue();
	}

	lookBegins(): void {
		this.#lines = 0;
		this.#hurries = false;
	}

	/** Call it if there is something to look at again. */
	lookEnded(tookMs: number): void {
		this.#rest = restAfter(tookMs, this.#lines);
		this.#restsSince = this.#clock.now();
		const left = this.#leftMs();
		if (left > 0) this.#wait(left);
	}

	stop(): void {
		this.#timers.cancelAll();
	}

	#wait(ms: number): void {
		this.#timers.set('rest', ms, () => this.#continue());
	}

	#continue(): void {
		const left = this.#leftMs();
		this.#timers.cancelAll();
		if (left > 0) this.#wait(left);
		else this.#onRested();
	}

	#leftMs(): number {
		const now = this.#clock.now();
		const {shortMs, mostMs, calmMs: calm} = this.#rest;
		const rested = now - this.#restsSince;
		if (this.#hurries) return shortMs - rested;
		// Lines from the time of the look may still be on their way.
		return Math.min(mostMs - rested, Math.max(this.#lastLineAt, this.#restsSince) + calm - now);
	}
}
