import test from 'ava';
import {everythingIn} from '../../src/diff/absorb.js';
import type {CallOutcome, Consumer, RuntimeCall} from '../../src/model/call.js';
import type {Route} from '../../src/model/route.js';
import {RuntimeAgenda} from '../../src/tell/runtime-agenda.js';
import {runtimeWords, Teller} from '../../src/tell/teller.js';
import {RecordingLog} from '../helpers/recording-log.js';
import {defaultRules, loopback, makeRoute, tableOf} from '../helpers/records.js';

/** A clock that advances by a millisecond at each reading, as on a slow machine. */
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

	/** Fires all timers that are set now, with the time set that much before the last one was due. */
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
	test(`a call that was held back is made even if its time comes while the next plan is made, ${earlyMs} ms after`, async (t) => {
		const clock = new SlowMachine();
		const log = new RecordingLog();
		const outcomes: CallOutcome[] = [{ok: false, reason: 'on purpose'}];
		let calls = 0;
		const agenda = new RuntimeAgenda({interfaces: [], routes: '[]', routesOwed: false}, defaultRules, {
			form: {interface: JSON.stringify, route: JSON.stringify, fingerprint: (payload) => payload},
			store: {load: () => undefined, begin: () => undefined, save: () => undefined},
			clock,
			log: log,
			settled: async () => undefined,
			serial: () => 1,
		});
		const consumer: Consumer<RuntimeCall> = {
			tell: async () => {
				calls += 1;
				return outcomes.shift() ?? {ok: true};
			},
			close: async () => undefined,
		};
		const teller = new Teller(agenda, consumer, {clock, log, words: runtimeWords, onCall: () => undefined});
		const routes = new Map<'inet', readonly Route[]>([['inet', [makeRoute('10.9.0.0/16', {dev: 'lo'})]]]);
		const picture = {table: tableOf(loopback), routes};
		agenda.observe(picture, everythingIn(picture));
		teller.wake();
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
