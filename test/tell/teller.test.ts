import test from 'ava';
import {everythingIn} from '../../src/diff/absorb.js';
import type {Consumer, RuntimeCall} from '../../src/model/call.js';
import {silentLog} from '../../src/model/log.js';
import {RuntimeAgenda} from '../../src/tell/runtime-agenda.js';
import {runtimeWords, Teller} from '../../src/tell/teller.js';
import type {Clock} from '../../src/time/clock.js';
import {HeldClock} from '../helpers/held-clock.js';
import {defaultRules, makeLink, tableOf} from '../helpers/records.js';
import {waitFor} from '../helpers/wait.js';

/** A clock that advances at each reading, and whose timers fire up to a millisecond early, as Node's do with fractions. */
class WanderingClock implements Clock {
	readonly #timers = new Map<() => void, number>();
	#now = 0;
	#seed = 1;

	now(): number {
		this.#now += 0.2;
		return this.#now;
	}

	after(delayMs: number, call: () => void): () => void {
		const timer = () => call();
		this.#timers.set(timer, this.#now + Math.floor(delayMs));
		return () => this.#timers.delete(timer);
	}

	random(): number {
		this.#seed = (this.#seed * 16807) % 2147483647;
		return this.#seed / 2147483647;
	}

	/** Fires the timer that is due first; returns false if there is none. */
	fireNext(): boolean {
		const [first] = [...this.#timers].sort(([, a], [, b]) => a - b);
		if (first === undefined) return false;
		const [timer, at] = first;
		this.#timers.delete(timer);
		this.#now = Math.max(this.#now, at);
		timer();
		return true;
	}
}

const agendaOf = (clock: Clock) =>
	new RuntimeAgenda({interfaces: [], routes: '[]', routesOwed: false}, defaultRules, {
		form: {interface: JSON.stringify, route: JSON.stringify, fingerprint: (payload) => payload},
		store: {load: () => undefined, begin: () => undefined, save: () => undefined},
		clock,
		log: silentLog,
		settled: async () => undefined,
		serial: () => 1,
	});
const picture = {table: tableOf(makeLink(4)), routes: new Map([['inet', []]] as const)};

test('how long a call took does not count how long it waited for those of others', async (t) => {
	const clock = new HeldClock();
	const agenda = agendaOf(clock);
	const consumer: Consumer<RuntimeCall> = {
		tell: async () => {
			await clock.pass(60);
			return {ok: true, waitedMs: 50};
		},
		close: async () => undefined,
	};
	const durations: number[] = [];
	const teller = new Teller(agenda, consumer, {
		clock,
		log: silentLog,
		words: runtimeWords,
		onCall: ({durationMs}) => durations.push(durationMs),
	});
	agenda.observe(picture, everythingIn(picture));
	teller.wake();
	await waitFor('the call', () => durations.length > 0);
	t.is(durations[0], 10);
	await teller.stop(0);
});

test('a call that always fails is always retried, whenever its back-off ends', async (t) => {
	const clock = new WanderingClock();
	let calls = 0;
	const agenda = agendaOf(clock);
	const consumer: Consumer<RuntimeCall> = {
		tell: async () => {
			calls += 1;
			return {ok: false, reason: 'on purpose'};
		},
		close: async () => undefined,
	};
	const teller = new Teller(agenda, consumer, {clock, log: silentLog, words: runtimeWords, onCall: () => undefined});
	agenda.observe(picture, everythingIn(picture));
	teller.wake();
	for (let fired = 0; fired < 3000 && calls < 300; fired += 1) {
		await new Promise((resolve) => setImmediate(resolve));
		if (!clock.fireNext()) break;
	}
	t.is(calls, 300, 'a moment in which nothing was due and nothing waited for');
	await teller.stop(0);
});
