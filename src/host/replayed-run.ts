import type {CallOutcome, Consumer, RuntimeCall} from '../model/call.js';
import {SnapshotError} from '../model/errors.js';
import type {StateStore} from '../model/state.js';
import type {MonitorHandlers} from '../probe/monitor/monitor-process.js';
import type {Probe} from '../probe/probe.js';
import type {Clock} from '../time/clock.js';
import {seededRandom} from '../time/seeded-random.js';
import {drained} from './drained.js';
import {type AnyDump, type InputLine, isInput, type Recorded, type RunLine} from './recorded.js';
import {type RecordedInputs, recordedProbe} from './recorded-inputs.js';

/** The engine asks or waits for something else than in the recording. */
export class DivergedError extends Error {
	override readonly name = 'DivergedError';
}

interface Question {
	readonly resolve: (dump: AnyDump | undefined) => void;
	readonly reject: (error: Error) => void;
}

/** Gives an engine the recorded inputs in the same order. Time jumps from one to the next. */
export class ReplayedRun implements RecordedInputs {
	readonly clock: Clock;
	readonly probe: Probe;
	readonly consumer: Consumer<RuntimeCall>;
	readonly store: StateStore;
	readonly check: Promise<void>;
	#now = 0;
	#checked: () => void = () => undefined;
	readonly #lines: readonly Recorded[];
	readonly #timers = new Map<number, () => void>();
	readonly #monitors = new Map<number, MonitorHandlers & {ready: (seen: boolean) => void}>();
	readonly #questions = new Map<number, Question>();
	readonly #calls = new Map<number, (outcome: CallOutcome) => void>();
	readonly #counts = {timers: 0, monitors: 0, questions: 0, calls: 0, checks: 0, saves: 0};

	/** @param onCall receives the calls that the engine makes to the runtime */
	constructor(run: RunLine, lines: readonly Recorded[], onCall: (call: RuntimeCall) => void) {
		this.#lines = lines;
		this.clock = {now: () => this.#now, after: (_delay, call) => this.#after(call), random: seededRandom(run.seed)};
		this.check = new Promise((resolve) => {
			this.#checked = resolve;
		});
		this.probe = this.#makeProbe();
		this.consumer = {
			tell: (call) => {
				onCall(call);
				return new Promise((resolve) => void this.#calls.set(this.#count('calls'), resolve));
			},
			close: async () => undefined,
		};
		const unsaved = new Map(lines.flatMap((line) => (line.what === 'unsaved' ? [[line.save, line.reason] as const] : [])));
		const save = () => {
			const reason = unsaved.get(this.#count('saves'));
			if (reason !== undefined) throw new Error(reason);
		};
		const kept = run.runtime?.kept ?? undefined;
		this.store = {load: () => kept, begin: save, save};
	}

	/** Passes on everything in the recording. Throws a DivergedError if the engine does not wait for an input. */
	async play(onInput: (line: InputLine) => void): Promise<void> {
		for (const line of this.#lines) {
			if (!isInput(line)) continue;
			await drained();
			this.#now = line.at;
			if (line.what === 'stop') return;
			onInput(line);
			this.#deliver(line);
		}
		await drained();
	}

	#deliver(line: InputLine): void {
		switch (line.what) {
			case 'timer':
				taken(this.#timers, line.id, 'timer')();
				break;
			case 'ready':
				known(this.#monitors, line.monitor, 'monitor').ready(line.seen);
				break;
			case 'events':
				known(this.#monitors, line.monitor, 'monitor').onEvents(line.events);
				break;
			case 'loss':
				known(this.#monitors, line.monitor, 'monitor').onLoss(line.reason);
				break;
			case 'end':
				known(this.#monitors, line.monitor, 'monitor').onEnd(line.reason);
				break;
			case 'answer':
				taken(this.#questions, line.id, 'question').resolve(line.dump ?? undefined);
				break;
			case 'failed':
				taken(this.#questions, line.id, 'question').reject(new SnapshotError(line.reason));
				break;
			case 'called':
				taken(this.#calls, line.id, 'call')(line.outcome);
				break;
			case 'checked':
				this.#checked();
				break;
			default:
		}
	}

	#makeProbe(): Probe {
		const asked = new Map(this.#lines.flatMap((line) => (line.what === 'ask' ? [[line.id, line.question] as const] : [])));
		const ask = <Answer>(question: string): Promise<Answer> => {
			const id = this.#count('questions');
			const recorded = asked.get(id);
			if (recorded !== undefined && recorded !== question)
				return Promise.reject(new DivergedError(`it asks for ${question}, and not for ${recorded}`));
			return new Promise((resolve, reject) => {
				// The recorder wrote this answer for this question.
				this.#questions.set(id, {resolve: (dump) => resolve(dump as Answer), reject});
			});
		};
		const looks = (what: 'dropped' | 'unread') => new Set(this.#lines.flatMap((line) => (line.what === what ? [line.check] : [])));
		const [dropped, unread] = [looks('dropped'), looks('unread')];
		return recordedProbe((handlers) => {
			const id = this.#count('monitors');
			const ready = new Promise<boolean>((resolve) => void this.#monitors.set(id, {...handlers, ready: resolve}));
			return {
				ready,
				hasDropped: () => dropped.has(this.#count('checks')),
				hasUnread: () => unread.has(this.#count('checks')),
				close: () => undefined,
			};
		}, ask);
	}

	#after(call: () => void): () => void {
		const id = this.#count('timers');
		this.#timers.set(id, call);
		return () => this.#timers.delete(id);
	}

	#count(what: 'timers' | 'monitors' | 'questions' | 'calls' | 'checks' | 'saves'): number {
		this.#counts[what] += 1;
		return this.#counts[what];
	}
}

function known<Value>(map: ReadonlyMap<number, Value>, id: number, what: string): Value {
	const value = map.get(id);
	if (value === undefined) throw new DivergedError(`it waits for no ${what} ${id}`);
	return value;
}

function taken<Value>(map: Map<number, Value>, id: number, what: string): Value {
	const value = known(map, id, what);
	map.delete(id);
	return value;
}
