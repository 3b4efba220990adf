import {messageOf} from '../model/errors.js';
import type {BareLink, Family, Link} from '../model/link.js';
import type {Route} from '../model/route.js';
import type {MonitorHandlers} from '../probe/monitor/monitor-process.js';
import type {Monitor, Probe} from '../probe/probe.js';
import type {Dump} from '../probe/read/dump.js';
import type {Clock} from '../time/clock.js';

type QuestionName = 'links' | `link ${string}` | `bare link ${string}` | `routes ${Family}`;

/** One line of a recording: what the engine was told of its namespace, and when (milliseconds since the start). */
export type Recorded = {readonly at: number} & (
	| {readonly what: 'ready'; readonly seen: boolean}
	| {readonly what: 'events'; readonly events: readonly unknown[]}
	| {readonly what: 'loss' | 'end'; readonly reason: string}
	| {readonly what: QuestionName; readonly dump: Dump<Link | BareLink | Route> | null}
	| {readonly what: 'failed'; readonly question: string; readonly reason: string}
);

/** Hands on another probe's answers, and writes each of them down. */
export class RecordingProbe implements Probe {
	readonly #probe: Probe;
	readonly #clock: Clock;
	readonly #write: (line: Recorded) => void;
	readonly #begun: number;

	constructor(probe: Probe, clock: Clock, write: (line: Recorded) => void) {
		this.#probe = probe;
		this.#clock = clock;
		this.#write = write;
		this.#begun = clock.now();
	}

	startMonitor(handlers: MonitorHandlers): Monitor {
		const monitor = this.#probe.startMonitor({
			onEvents: (events) => {
				this.#write({at: this.#at(), what: 'events', events});
				handlers.onEvents(events);
			},
			onLoss: (reason) => {
				this.#write({at: this.#at(), what: 'loss', reason});
				handlers.onLoss(reason);
			},
			onEnd: (reason) => {
				this.#write({at: this.#at(), what: 'end', reason});
				handlers.onEnd(reason);
			},
		});
		void monitor.ready.then((seen) => this.#write({at: this.#at(), what: 'ready', seen}));
		return monitor;
	}

	prepare(families: readonly Family[]): void {
		this.#probe.prepare(families);
	}

	readLinks(): Promise<Dump<Link>> {
		return this.#record('links', this.#probe.readLinks());
	}

	readLink(ifname: string): Promise<Dump<Link> | undefined> {
		return this.#record(`link ${ifname}`, this.#probe.readLink(ifname));
	}

	readBareLink(ifname: string): Promise<Dump<BareLink> | undefined> {
		return this.#record(`bare link ${ifname}`, this.#probe.readBareLink(ifname));
	}

	readRoutes(family: Family): Promise<Dump<Route>> {
		return this.#record(`routes ${family}`, this.#probe.readRoutes(family));
	}

	forgetNames(): void {
		this.#probe.forgetNames();
	}

	close(): void {
		this.#probe.close();
	}

	async #record<Answer extends Dump<Link | BareLink | Route> | undefined>(what: QuestionName, answer: Promise<Answer>): Promise<Answer> {
		try {
			const dump = await answer;
			this.#write({at: this.#at(), what, dump: dump ?? null});
			return dump;
		} catch (error) {
			this.#write({at: this.#at(), what: 'failed', question: what, reason: messageOf(error)});
			throw error;
		}
	}

	#at(): number {
		return Math.round((this.#clock.now() - this.#begun) * 1000) / 1000;
	}
}
