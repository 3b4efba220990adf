import type {Consumer, RuntimeCall} from '../model/call.js';
import {messageOf} from '../model/errors.js';
import type {Picture} from '../model/picture.js';
import type {KeptState, StateStore} from '../model/state.js';
import type {MonitorHandlers} from '../probe/monitor/monitor-process.js';
import type {Monitor, Probe} from '../probe/probe.js';
import type {Clock} from '../time/clock.js';
import {seededRandom} from '../time/seeded-random.js';
import type {AnyDump, InputLine, Moment, NoteLine, Recorded} from './recorded.js';
import {Turns} from './turns.js';

type Body<Line> = Line extends unknown ? Omit<Line, keyof Moment> : never;

/**
 * Stands between an engine and all its inputs, and records them. It passes on one input at a time, and the next one only when the engine
 * has finished with the last; meanwhile time stands still. So the engine's actions depend only on the recording, and a replay repeats
 * them.
 */
export class Recorder {
	readonly clock: Clock;
	readonly #clock: Clock;
	readonly #wall: () => Date;
	readonly #write: (line: Recorded) => void;
	readonly #begun: number;
	#now = 0;
	readonly #turns = new Turns();
	#timers = 0;
	#monitors = 0;
	#questions = 0;
	#calls = 0;
	#checks = 0;
	#saves = 0;
	/** Questions that have no answer yet, by number. */
	readonly #open = new Map<number, NoteLine>();

	/** @param wall the wall clock */
	constructor(clock: Clock, wall: () => Date, seed: number, write: (line: Recorded) => void) {
		this.#clock = clock;
		this.#wall = wall;
		this.#write = write;
		this.#begun = clock.now();
		this.clock = {now: () => this.#now, after: (delayMs, call) => this.#after(delayMs, call), random: seededRandom(seed)};
	}

	/** The check that the start waits for. */
	async checked(check: Promise<void>): Promise<void> {
		await check;
		await new Promise<void>((resolve) => this.#input({what: 'checked'}, resolve));
	}

	/** What a further file must begin with after its run line: the picture, and the questions that are open. */
	head({table, routes}: Picture): readonly NoteLine[] {
		const picture = {
			...this.#moment(this.#now),
			what: 'picture',
			links: [...table.values()].map(({link}) => link),
			routes: [...routes].map(([family, list]) => ({family, routes: list})),
		} as const;
		return [picture, ...this.#open.values()];
	}

	stopped(): void {
		this.#write({...this.#moment(this.#elapsed()), what: 'stop'});
	}

	probe(probe: Probe): Probe {
		return {
			startMonitor: (handlers) => this.#monitor(probe, handlers),
			prepare: (families) => probe.prepare(families),
			readLinks: () => this.#ask('links', probe.readLinks()),
			readLink: (ifname) => this.#ask(`link ${ifname}`, probe.readLink(ifname)),
			readBareLink: (ifname) => this.#ask(`bare link ${ifname}`, probe.readBareLink(ifname)),
			readRoutes: (family) => this.#ask(`routes ${family}`, probe.readRoutes(family)),
			forgetNames: () => probe.forgetNames(),
			close: () => probe.close(),
		};
	}

	consumer(consumer: Consumer<RuntimeCall>): Consumer<RuntimeCall> {
		return {
			tell: (call) => {
				this.#calls += 1;
				const id = this.#calls;
				const {op, payload, ifname} = call;
				this.#note({what: 'call', id, op, payload, ...(ifname === undefined ? {} : {ifname})});
				return new Promise((resolve) => {
					void consumer.tell(call).then((outcome) => this.#input({what: 'called', id, outcome}, () => resolve(outcome)));
				});
			},
			close: (graceMs) => consumer.close(graceMs),
		};
	}

	/** @param kept what the store held at the start; it is read once */
	store(store: StateStore, kept: KeptState | undefined): StateStore {
		const counted = (save: () => void) => {
			this.#saves += 1;
			try {
				save();
			} catch (error) {
				this.#note({what: 'unsaved', save: this.#saves, reason: messageOf(error)});
				throw error;
			}
		};
		return {
			load: () => kept,
			begin: (step) => counted(() => store.begin(step)),
			save: (state) => counted(() => store.save(state)),
		};
	}

	#monitor(probe: Probe, handlers: MonitorHandlers): Monitor {
		this.#monitors += 1;
		const monitor = this.#monitors;
		const own = probe.startMonitor({
			onEvents: (events) => this.#input({what: 'events', monitor, events}, () => handlers.onEvents(events)),
			onLoss: (reason) => this.#input({what: 'loss', monitor, reason}, () => handlers.onLoss(reason)),
			onEnd: (reason, failure) => this.#input({what: 'end', monitor, reason}, () => handlers.onEnd(reason, failure)),
		});
		const look = (what: 'dropped' | 'unread', seen: boolean): boolean => {
			this.#checks += 1;
			if (seen) this.#note({what, check: this.#checks});
			return seen;
		};
		return {
			ready: new Promise((resolve) => {
				void own.ready.then((seen) => this.#input({what: 'ready', monitor, seen}, () => resolve(seen)));
			}),
			hasDropped: () => look('dropped', own.hasDropped()),
			hasUnread: () => look('unread', own.hasUnread()),
			close: () => own.close(),
		};
	}

	#ask<Answer extends AnyDump | undefined>(question: string, answer: Promise<Answer>): Promise<Answer> {
		this.#questions += 1;
		const id = this.#questions;
		const note = {...this.#moment(this.#now), what: 'ask', id, question} as const;
		this.#open.set(id, note);
		this.#write(note);
		const settled = (line: Body<InputLine>, deliver: () => void) =>
			this.#input(line, () => {
				this.#open.delete(id);
				deliver();
			});
		return new Promise((resolve, reject) => {
			answer.then(
				(dump) => settled({what: 'answer', id, dump: dump ?? null}, () => resolve(dump)),
				(error: unknown) => settled({what: 'failed', id, reason: messageOf(error)}, () => reject(error)),
			);
		});
	}

	#after(delayMs: number, call: () => void): () => void {
		this.#timers += 1;
		const id = this.#timers;
		let cancelled = false;
		const cancel = this.#clock.after(delayMs, () => {
			// Not by #input: a timer that is cancelled while it waits for its turn must not fire.
			this.#turns.add(() => {
				if (cancelled) return;
				this.#take({what: 'timer', id});
				call();
			});
		});
		return () => {
			cancelled = true;
			cancel();
		};
	}

	#input(line: Body<InputLine>, deliver: () => void): void {
		this.#turns.add(() => {
			this.#take(line);
			deliver();
		});
	}

	#take(line: Body<InputLine>): void {
		this.#now = this.#elapsed();
		this.#write({...this.#moment(this.#now), ...line});
	}

	#note(line: Body<NoteLine>): void {
		this.#write({...this.#moment(this.#now), ...line});
	}

	#moment(at: number): Moment {
		return {at, wall: this.#wall().toISOString()};
	}

	#elapsed(): number {
		return Math.round((this.#clock.now() - this.#begun) * 1000) / 1000;
	}
}
