import type {Consumer, RuntimeCall} from '../model/call.js';
import type {StateStore} from '../model/state.js';
import type {MonitorEvent} from '../probe/monitor/monitor-line.js';
import type {MonitorHandlers} from '../probe/monitor/monitor-process.js';
import type {Probe} from '../probe/probe.js';
import {PassingClock} from '../time/passing-clock.js';
import {seededRandom} from '../time/seeded-random.js';
import {drained} from './drained.js';
import type {Recorded, RunLine} from './recorded.js';
import {type Failing, RecordedCalls} from './recorded-calls.js';
import {type Answers, type RecordedInputs, recordedProbe} from './recorded-inputs.js';
import {RecordedNamespace} from './recorded-namespace.js';

/** What should differ from the recording. */
export interface Alterations {
	readonly failing: readonly Failing[];
	/** Whether a line of the monitor is left out, by its number from 0. */
	dropped(line: number): boolean;
}

/** Something that happens in a replay, to be shown. */
export type Happening =
	| {readonly what: 'heard' | 'dropped'; readonly events: readonly MonitorEvent[]}
	| {readonly what: 'loss' | 'end'; readonly reason: string}
	| {readonly what: 'answer'; readonly question: string}
	| {readonly what: 'called'; readonly ok: boolean; readonly reason: string | undefined};

/** How long `ip` takes for an answer, and a monitor until it is ready. */
const answerMs = 1;
/** After more timers than this behind the end of the recording, the engine counts as never coming to rest. */
const mostAfterwards = 20_000;
/** Twice the longest pause before a call is retried. */
const longestAfterwardsMs = 60_000;

/**
 * Gives an engine what a recorded engine got from the kernel. Everything else may differ: time passes by itself, and each question is
 * answered with what the recording knows about that moment.
 */
export class AlteredRun implements RecordedInputs {
	readonly clock: PassingClock;
	readonly probe: Probe;
	readonly consumer: Consumer<RuntimeCall>;
	readonly store: StateStore;
	readonly check: Promise<void>;
	readonly #run: RunLine;
	readonly #lines: readonly Recorded[];
	readonly #alterations: Alterations;
	readonly #namespace: RecordedNamespace;
	readonly #onHappening: (happening: Happening) => void;
	#checked: () => void = () => undefined;
	#monitor: {readonly handlers: MonitorHandlers; ready(seen: boolean): void} | undefined;
	/** How many lines of the monitor there were. */
	#count = 0;

	constructor(
		run: RunLine,
		lines: readonly Recorded[],
		alterations: Alterations,
		on: {call(call: RuntimeCall): void; happening(happening: Happening): void},
	) {
		this.#run = run;
		this.#lines = lines;
		this.#alterations = alterations;
		this.#onHappening = on.happening;
		this.clock = new PassingClock(seededRandom(run.seed));
		this.clock.passTo(run.part?.at ?? 0);
		this.#namespace = new RecordedNamespace(lines);
		this.check = new Promise((resolve) => {
			this.#checked = resolve;
		});
		this.probe = this.#makeProbe();
		const calls = new RecordedCalls(lines, alterations.failing);
		this.consumer = {
			tell: (call) => {
				on.call(call);
				const {outcome, ms} = calls.next(call);
				return this.#later(ms, outcome, () => {
					on.happening({what: 'called', ok: outcome.ok, reason: outcome.ok ? undefined : outcome.reason});
				});
			},
			close: async () => undefined,
		};
		const kept = run.runtime?.kept ?? undefined;
		this.store = {load: () => kept, begin: () => undefined, save: () => undefined};
	}

	/**
	 * Plays everything that was recorded, and goes on until a poll has found nothing more and nothing waits.
	 *
	 * @param isBusy whether something waits for its turn or is held back
	 */
	async play(isBusy: () => boolean): Promise<void> {
		if (this.#run.part !== undefined) {
			await drained();
			this.#monitor?.ready(true);
			this.#checked();
		}
		for (const line of this.#lines) {
			if (line.what === 'run') continue;
			await this.#passTo(line.at);
			if (line.what === 'stop') break;
			this.#deliver(line);
		}
		const end = this.clock.now();
		// A poll comes after the interval, give or take a quarter; what follows from it comes soon after.
		const polled = end + 2.6 * this.#run.pollIntervalMs;
		for (let count = 0; count < mostAfterwards; count += 1) {
			const next = this.clock.nextAt ?? Number.POSITIVE_INFINITY;
			if (next > (isBusy() ? polled + longestAfterwardsMs : polled)) break;
			await this.#passToNext();
		}
	}

	async #passTo(at: number): Promise<void> {
		await drained();
		while ((this.clock.nextAt ?? Number.POSITIVE_INFINITY) <= at) await this.#passToNext();
		this.clock.passTo(at);
	}

	async #passToNext(): Promise<void> {
		this.clock.passToNext();
		await drained();
	}

	#deliver(line: Recorded): void {
		switch (line.what) {
			case 'ready':
				if (line.monitor === 1) this.#monitor?.ready(line.seen);
				break;
			case 'checked':
				this.#checked();
				break;
			case 'events': {
				const [heard, dropped]: [MonitorEvent[], MonitorEvent[]] = [[], []];
				for (const event of line.events) {
					(this.#alterations.dropped(this.#count) ? dropped : heard).push(event);
					this.#count += 1;
				}
				if (dropped.length > 0) this.#onHappening({what: 'dropped', events: dropped});
				if (heard.length > 0) this.#onHappening({what: 'heard', events: heard});
				if (heard.length > 0) this.#monitor?.handlers.onEvents(heard);
				break;
			}
			case 'loss':
				this.#onHappening({what: 'loss', reason: line.reason});
				this.#monitor?.handlers.onLoss(line.reason);
				break;
			case 'end':
				this.#onHappening({what: 'end', reason: line.reason});
				this.#monitor?.handlers.onEnd(line.reason);
				break;
			default:
		}
	}

	#makeProbe(): Probe {
		const ask = <Answer>(question: string, answer: (from: Answers) => Answer): Promise<Answer> => {
			this.#namespace.passTo(this.clock.now());
			return this.#later(answerMs, answer(this.#namespace), () => this.#onHappening({what: 'answer', question}));
		};
		let monitors = 0;
		return recordedProbe((handlers) => {
			monitors += 1;
			const ready = new Promise<boolean>((resolve) => {
				this.#monitor = {handlers, ready: resolve};
				// The first monitor becomes ready when the recorded one did or, in a part, at once.
				if (monitors > 1) this.clock.after(answerMs, () => resolve(true));
			});
			return {ready, hasDropped: () => false, hasUnread: () => false, close: () => undefined};
		}, ask);
	}

	#later<Value>(ms: number, value: Value, before: () => void): Promise<Value> {
		return new Promise((resolve) => {
			this.clock.after(ms, () => {
				before();
				resolve(value);
			});
		});
	}
}
