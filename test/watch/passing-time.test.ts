import test from 'ava';
import type {CallOutcome} from '../../src/model/call.js';
import type {Route} from '../../src/model/route.js';
import {RouteList} from '../../src/tell/route-list.js';
import {Announcer} from '../../src/tell/teller.js';
import {RecordingLog} from '../helpers/recording-log.js';
import {defaultRules, loopback, makeRoute, tableOf} from '../helpers/records.js';

/** A clock that goes on by a millisecond each time that somebody looks at it, as if the machine were slow. */
class SlowMachine {
	time = 0;
	readonly timers = new Map<number, {at: number; call: () => void}>();
	#made = 0;

	now(): number {
		this.time += 1;
		return this.time;
	}

	random(): number {
		return 0.5;
	}

	after(delayMs: number, call: () => void): () => void {
		this.#made += 1;
		const key = this.#made;
		this.timers.set(key, {at: this.time + delayMs, call});
		return () => void this.timers.delete(key);
	}

	/** Calls all timers that are set now, and has time stand that much before the last one was due. */
	fire(earlyMs: number): void {
		const due = [...this.timers];
		this.time = Math.max(...due.map(([, {at}]) => at)) - earlyMs;
		for (const [key, {call}] of due) {
			this.timers.delete(key);
			call();
		}
	}
}

for (let earlyMs = -2; earlyMs < 12; earlyMs += 1) {
	test(`a call that was held back is made though its moment comes while the next one is thought out, ${earlyMs} ms after`, async (t) => {
		const clock = new SlowMachine();
		const log = new RecordingLog();
		const outcomes: CallOutcome[] = [{ok: false, reason: 'on purpose'}];
		let calls = 0;
		const announcer = new Announcer({interfaces: [], routes: '[]', routesOwed: false}, defaultRules, {
			runtime: {
				call: async () => {
					calls += 1;
					return outcomes.shift() ?? {ok: true};
				},
				close: async () => undefined,
			},
			store: {load: () => undefined, begin: () => undefined, save: () => undefined},
			clock,
			log,
			routeList: new RouteList(defaultRules, {payload: JSON.stringify, fingerprint: (payload) => payload}, log),
			interfacePayload: JSON.stringify,
			onCall: () => undefined,
			settled: async () => undefined,
			serial: () => 1,
		});
		const routes = new Map<'inet', readonly Route[]>([['inet', [makeRoute('10.9.0.0/16', {dev: 'lo'})]]]);
		announcer.observe({table: tableOf(loopback), routes});
		const settled = async () => {
			for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
		};
		await settled();
		t.is(calls, 1);
		for (let turn = 0; calls < 2 && turn < 5; turn += 1) {
			t.true(clock.timers.size > 0, 'nothing would ever wake it');
			clock.fire(turn === 0 ? earlyMs : 0);
			await settled();
		}
		t.is(calls, 2);
	});
}
