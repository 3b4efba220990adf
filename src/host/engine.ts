import {sizeOf} from '../diff/absorb.js';
import {resumeState} from '../diff/announce.js';
import {decisionsOf} from '../diff/decisions.js';
import {prepareDifferences} from '../diff/differences.js';
import {firstTable} from '../diff/first-table.js';
import {recallTable} from '../diff/remember.js';
import {announcedAtStart} from '../diff/rules.js';
import type {Announced} from '../model/announced.js';
import type {Call, Consumer, RuntimeCall} from '../model/call.js';
import {faultFields} from '../model/errors.js';
import {identityKey} from '../model/interface-table.js';
import type {Log} from '../model/log.js';
import type {Delta, LookFacts, Picture} from '../model/picture.js';
import type {Rules} from '../model/rules.js';
import type {StateStore} from '../model/state.js';
import type {Probe} from '../probe/probe.js';
import {RuntimeAgenda, type RuntimeForm} from '../tell/runtime-agenda.js';
import {runtimeWords, Teller} from '../tell/teller.js';
import {nothingUntold} from '../tell/untold.js';
import type {Clock} from '../time/clock.js';
import {type LookOptions, manyLinks} from '../watch/look.js';
import {Watcher} from '../watch/watcher.js';
import type {EngineListener} from './engine-listener.js';

/** What the engine needs to call a container runtime. */
export interface RuntimeSide {
	readonly consumer: Consumer<RuntimeCall>;
	readonly store: StateStore;
	readonly form: RuntimeForm;
}

export interface EngineOptions extends Partial<Omit<LookOptions, 'families'>> {
	readonly rules: Rules;
	/** Time between two full reads, varied by up to a quarter. */
	readonly pollIntervalMs: number;
}

/** A consumer of another kind than a container runtime, at its own pace. */
export interface Audience {
	observe(picture: Picture, delta: Delta): void;
	/** Absent if it calls nothing. */
	readonly teller?: Pick<Teller<Call>, 'untold' | 'backlog' | 'held'>;
	/** Waits for the running call, and kills it after the grace period. */
	stop(graceMs: number): Promise<void>;
}

export interface EnginePorts {
	readonly probe: Probe;
	readonly clock: Clock;
	readonly log: Log;
	/** With neither this nor an audience, the engine only observes. */
	readonly runtime?: RuntimeSide;
	readonly audience?: Audience;
	readonly events?: EngineListener;
	/** Called with the number of lines that were read, and of links and routes that a look found changed. */
	onWork?(count: number): void;
}

/** Watches one namespace, tells one consumer, and reports to a listener. It has no state outside itself: many can run side by side. */
export class Engine {
	readonly #ports: EnginePorts;
	readonly #watcher: Watcher;
	readonly #agenda: RuntimeAgenda | undefined;
	readonly #teller: Teller<RuntimeCall> | undefined;
	readonly #rules: Rules;
	#losses = 0;
	#lastLossAt: number | undefined;

	constructor(ports: EnginePorts, {rules, pollIntervalMs, asksForAll = false, bareFrom = manyLinks}: EngineOptions) {
		this.#ports = ports;
		this.#rules = rules;
		const {probe, clock, log, runtime} = ports;
		const kept = runtime?.store.load();
		const state = kept && resumeState(kept);
		const firstSerial = state?.serial ?? 0;
		const options = {families: rules.families, pollIntervalMs, firstSerial, asksForAll, bareFrom};
		this.#watcher = new Watcher(probe, clock, log, options, {
			onPicture: (picture, delta, facts) => this.#take(picture, delta, facts),
			onLines: (lines) => {
				ports.onWork?.(lines.length);
				this.#report((events) => events.heard(lines));
			},
			onLoss: (reason) => {
				this.#losses += 1;
				this.#lastLossAt = clock.now();
				this.#report((events) => events.lost(reason));
			},
			onMissed: (count) => this.#report((events) => events.missed(count)),
			announced: () => this.announced && new Map(this.announced.interfaces.map((entry) => [identityKey(entry), entry.record.hwaddr])),
			firstTable: ({seen, unread = []}, now) =>
				state === undefined ? firstTable(seen, now) : recallTable(seen, unread, state, this.#watcher.serial, now),
			onFault: (error) => this.#logFault(error),
		});
		if (runtime === undefined) return;
		this.#agenda = new RuntimeAgenda(state?.announced, rules, {
			...{form: runtime.form, store: runtime.store, clock, log},
			settled: () => this.#watcher.settled(),
			serial: () => this.#watcher.serial,
		});
		this.#teller = new Teller(this.#agenda, runtime.consumer, {
			clock,
			log,
			words: runtimeWords,
			onCall: (report) => this.#report((events) => events.called(report)),
		});
	}

	/**
	 * Resolves when it is watching and has the first picture. Rejects if no picture can be read.
	 *
	 * @param check runs while the first picture is read, and must succeed before anything is concluded from it
	 */
	start(check?: () => Promise<void>): Promise<void> {
		return this.#watcher.start(check);
	}

	/** Loads what the first change needs. Call it after the first picture. */
	prepare(): void {
		this.#attempt(() => {
			prepareDifferences();
			this.#teller?.prepare();
		});
	}

	/** Stops everything. Waits for the running call, and kills it after the grace period. */
	async stop(graceMs: number): Promise<void> {
		this.#watcher.stop();
		await Promise.all([this.#teller?.stop(graceMs), this.#ports.audience?.stop(graceMs)]);
	}

	get picture(): Picture {
		return this.#watcher.picture;
	}

	get announced(): Announced | undefined {
		return this.#agenda?.announced;
	}

	/** Counts and health, for the log and metrics. */
	get figures() {
		const {picture, monitorUp, driftCount, serial} = this.#watcher;
		return {
			interfaces: picture.table.size,
			routes: [...picture.routes.values()].reduce((sum, list) => sum + list.length, 0),
			monitorUp,
			looks: serial,
			drift: driftCount,
			...(this.#calls?.untold ?? nothingUntold),
		};
	}

	/** What the rules decide about everything that is there. Without a consumer, what they would decide. */
	inside() {
		const {picture} = this.#watcher;
		const now = this.#ports.clock.now();
		const announced = this.#agenda?.announced.interfaces ?? announcedAtStart(picture.table, this.#rules.families);
		return {
			decisions: decisionsOf(picture, announced, this.#rules, now, this.#agenda?.kept),
			waiting: this.#calls?.backlog.waiting ?? [],
			held: (this.#calls?.held ?? []).map(({until, ...held}) => ({...held, inMs: Math.max(0, until - now)})),
			losses: {count: this.#losses, lastAgoMs: this.#lastLossAt === undefined ? undefined : now - this.#lastLossAt},
		};
	}

	/** What SIGUSR1 shows. */
	describe(): object {
		return {...this.figures, ...this.#calls?.backlog, announced: this.#agenda?.announced};
	}

	get #calls(): Audience['teller'] {
		return this.#teller ?? this.#ports.audience?.teller;
	}

	#take(picture: Picture, delta: Delta, facts: LookFacts): void {
		this.#ports.onWork?.(sizeOf(delta));
		this.#report((events) => events.looked(delta, facts));
		this.#agenda?.observe(picture, delta);
		this.#teller?.wake();
		this.#attempt(() => this.#ports.audience?.observe(picture, delta));
	}

	/** A fault in an observer must not cost the consumer its calls. */
	#report(happened: (events: EngineListener) => void): void {
		const {events} = this.#ports;
		if (events !== undefined) this.#attempt(() => happened(events));
	}

	#attempt(act: () => void): void {
		try {
			act();
		} catch (error) {
			this.#logFault(error);
		}
	}

	#logFault(error: unknown): void {
		this.#ports.log.error(faultFields(error), 'internal error');
	}
}
