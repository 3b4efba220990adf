import {recallTable} from '../diff/remember.js';
import type {Rules} from '../diff/rules.js';
import {trackFirst} from '../diff/track-links.js';
import type {Announced, InterfaceRecord} from '../model/announced.js';
import type {CallReport, Runtime} from '../model/call.js';
import type {Change} from '../model/change.js';
import {identityKey} from '../model/interface-table.js';
import type {Log} from '../model/log.js';
import type {StateStore} from '../model/state.js';
import type {Probe} from '../probe/probe.js';
import {RouteList, type RouteListForm} from '../tell/route-list.js';
import {Announcer} from '../tell/teller.js';
import type {Clock} from '../time/clock.js';
import {type LookOptions, manyLinks} from '../watch/look.js';
import {Observation, type Observed} from '../watch/watcher.js';

/** The runtime's side: absent for an observer, which tells nobody. */
export interface Audience {
	readonly runtime: Runtime;
	readonly store: StateStore;
	readonly routeListForm: RouteListForm;
	interfacePayload(record: InterfaceRecord): string;
}

export interface EngineOptions extends Partial<Omit<LookOptions, 'families'>> {
	readonly rules: Rules;
	/** Between two full reads, give or take a quarter. */
	readonly pollIntervalMs: number;
}

export interface EngineHandlers {
	onChanges(changes: readonly Change[]): void;
	onCall(report: CallReport): void;
}

/** Watches one namespace and tells one runtime. Has no state outside itself: many live side by side. */
export class Engine {
	readonly #observation: Observation;
	readonly #announcer: Announcer | undefined;

	constructor(
		ports: {readonly probe: Probe; readonly clock: Clock; readonly log: Log; readonly audience?: Audience},
		{rules, pollIntervalMs, asksForAll = false, bareFrom = manyLinks}: EngineOptions,
		handlers: EngineHandlers,
	) {
		const {probe, clock, log, audience} = ports;
		const state = audience?.store.load();
		const firstSerial = state?.serial ?? 0;
		this.#observation = new Observation(
			probe,
			clock,
			log,
			{families: rules.families, pollIntervalMs, firstSerial, asksForAll, bareFrom},
			{
				onObserved: (observed) => this.#announcer?.observe(observed),
				onChanges: (changes) => handlers.onChanges(changes),
				told: () => new Map(this.announced?.interfaces.map((entry) => [identityKey(entry), entry.record.hwaddr])),
				firstTable: (links, now) =>
					state === undefined ? trackFirst(links, now) : recallTable(links, state, this.#observation.serial, now),
			},
		);
		if (audience === undefined) return;
		this.#announcer = new Announcer(state?.announced, rules, {
			runtime: audience.runtime,
			store: audience.store,
			clock,
			log,
			routeList: new RouteList(rules, audience.routeListForm, log),
			interfacePayload: (record) => audience.interfacePayload(record),
			onCall: (report) => handlers.onCall(report),
			settled: () => this.#observation.settled(),
			serial: () => this.#observation.serial,
		});
	}

	/**
	 * Resolves when it watches and has the first picture. Rejects where no picture can be had.
	 *
	 * @param check what has to hold before anything is concluded from a picture; done while it subscribes
	 */
	start(check?: () => Promise<void>): Promise<void> {
		return this.#observation.start(check);
	}

	/** Ends everything; a call that runs is waited for, and killed after the grace. */
	async stop(graceMs: number): Promise<void> {
		this.#observation.stop();
		await this.#announcer?.stop(graceMs);
	}

	get observed(): Observed {
		return this.#observation.observed;
	}

	get announced(): Announced | undefined {
		return this.#announcer?.announced;
	}

	/** How much there is, and how it goes. */
	get figures() {
		const {observed, monitorUp, driftCount, serial} = this.#observation;
		return {
			interfaces: observed.table.size,
			routes: [...observed.routes.values()].reduce((sum, list) => sum + list.length, 0),
			monitorUp,
			looks: serial,
			drift: driftCount,
			waiting: this.#announcer?.backlog.waiting.length ?? 0,
		};
	}

	/** What SIGUSR1 shows. */
	describe(): object {
		return {...this.figures, ...this.#announcer?.backlog, announced: this.#announcer?.announced};
	}
}
