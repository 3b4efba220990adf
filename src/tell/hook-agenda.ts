import {Subjects} from '../diff/subjects.js';
import type {CallOutcome} from '../model/call.js';
import {type Envelope, eventVersion} from '../model/event.js';
import type {HookCall, HookStore, Subject, SubjectChange} from '../model/hook.js';
import type {Log} from '../model/log.js';
import type {Delta, Picture} from '../model/picture.js';
import type {Backoff} from '../time/backoff.js';
import type {Clock} from '../time/clock.js';
import type {Agenda, Due, Turn} from './agenda.js';
import {ToldSubjects} from './told-subjects.js';

interface HookTurn extends Turn<HookCall> {
	readonly key: string;
	/** The state that the call reports; undefined if the subject is gone. */
	readonly state: Subject | undefined;
}

export interface HookAgendaOptions {
	/** Whether a change is worth a call. */
	readonly filter: (body: SubjectChange) => boolean;
	/** Whether to call the program for what is there at the start. */
	readonly initial: boolean;
	/** How long a subject must be quiet first, in milliseconds. */
	readonly settleMs: number;
	/** How many times a failed call is retried. */
	readonly retries: number;
	readonly netns: string | undefined;
}

export interface HookAgendaPorts {
	readonly clock: Clock;
	readonly log: Log;
	/** Keeps on disk what was told; undefined if nothing is kept. */
	readonly store: HookStore | undefined;
	/** The wall clock. */
	now(): Date;
}

/** A subject that may have to be told. */
interface Open {
	readonly change: SubjectChange;
	/** The change as text. A different change starts with no failures. */
	readonly text: string;
	readonly changedAt: number;
	readonly failures: number;
}

/**
 * What a hook program has to be told: for each subject, the difference between its state now and the state that was last told. In
 * any order of changes, the last call about a subject carries its last state.
 */
export class HookAgenda implements Agenda<HookCall, HookTurn> {
	readonly #options: HookAgendaOptions;
	readonly #ports: HookAgendaPorts;
	readonly #now = new Subjects();
	readonly #told: ToldSubjects;
	/** Subjects whose state differs from what was told, in the order in which they changed. */
	readonly #open = new Map<string, Open>();
	/** Keys of interfaces that exist again after their removal was told. They are told before their new addresses and routes. */
	readonly #reborn = new Set<string>();
	/** The turn that has begun. A turn that could not be recorded has not begun. */
	#begun: HookTurn | undefined;
	#started = false;
	#seq = 0;

	constructor(options: HookAgendaOptions, ports: HookAgendaPorts) {
		this.#options = options;
		this.#ports = ports;
		this.#told = new ToldSubjects(ports.store, ports.log);
	}

	/** Takes in what a look changed. The first delta holds everything that is there. */
	observe(picture: Picture, delta: Delta): void {
		const touched = this.#now.take(picture, delta);
		const now = this.#ports.clock.now();
		if (this.#started) {
			for (const key of touched) this.#review(key, now);
			return;
		}
		this.#started = true;
		this.#start(touched, now);
	}

	due(now: number, backoff: Backoff): Due {
		const due: {key: string; priority: number}[] = [];
		let nextAt: number | undefined;
		for (const [key, open] of this.#open) {
			if (open.failures > this.#options.retries) continue;
			const readyAt = Math.max(open.changedAt + this.#options.settleMs, backoff.readyAt(key, open.text));
			if (readyAt <= now) due.push({key, priority: 0});
			else nextAt = Math.min(nextAt ?? readyAt, readyAt);
		}
		return {due, planned: new Set(this.#open.keys()), nextAt};
	}

	before(key: string): string | undefined {
		const [first] = this.#reborn;
		const change = first === undefined ? undefined : this.#open.get(key)?.change;
		if (change === undefined || change.event.endsWith('-removed') || 'interface' in change) return undefined;
		if (!('address' in change)) return first;
		const own = `interface ${change.ifindex}`;
		return this.#reborn.has(own) ? own : undefined;
	}

	turn(key: string, now: number, backoff: Backoff): HookTurn | undefined {
		const open = this.#open.get(key);
		if (open === undefined || open.failures > this.#options.retries) return undefined;
		if (open.changedAt + this.#options.settleMs > now || backoff.readyAt(key, open.text) > now) return undefined;
		const {netns} = this.#options;
		const time = this.#ports.now().toISOString();
		const envelope: Envelope = {v: eventVersion, time, seq: this.#seq + 1, ...(netns === undefined ? {} : {netns})};
		const event = {...envelope, ...open.change};
		const call = {op: open.change.event, payload: JSON.stringify(event), event, ...subjectOf(open.change)};
		const state = open.change.event.endsWith('-removed') ? undefined : this.#now.get(key);
		return {call, key, subject: open.text, state, isLast: open.failures >= this.#options.retries};
	}

	begin(turn: HookTurn): void {
		const {key, state} = turn;
		this.#begun = undefined;
		this.#told.begin(key, state);
		this.#seq += 1;
		this.#begun = turn;
	}

	end(turn: HookTurn, outcome: CallOutcome, now: number): void {
		const {key, subject, state} = turn;
		if (outcome.ok) {
			this.#told.settle(key, state);
			// If there is more to tell about this subject, it goes behind all others that wait.
			this.#open.delete(key);
			this.#reborn.delete(key);
			this.#review(key, now);
			if (turn.call.op === 'interface-removed' && this.#open.has(key)) this.#reborn.add(key);
			this.#told.save();
			return;
		}
		const open = this.#open.get(key);
		if (open === undefined || open.text !== subject) return;
		// The program did not run: no process could be started, or the call could not be recorded.
		if (outcome.started === false || this.#begun !== turn) return;
		const failures = open.failures + 1;
		this.#open.set(key, {...open, failures});
		if (failures <= this.#options.retries) return;
		this.#ports.log.error(
			{event: open.change.event, attempts: failures, ...subjectOf(open.change)},
			'hook is given up until its subject changes',
		);
	}

	stop(): void {
		if (this.#started) this.#told.save();
	}

	#start(touched: readonly string[], now: number): void {
		const gone = this.#told.start(this.#now.all, this.#options.initial);
		// What went away since the earlier run is told first, sorted by kind.
		const inOrder = ['interface', 'address', 'route'].flatMap((kind) => gone.filter((key) => key.startsWith(`${kind} `)));
		for (const key of [...inOrder, ...touched]) this.#review(key, now);
		this.#told.save();
	}

	/** Decides again what has to be told about a subject. */
	#review(key: string, now: number): void {
		const state = this.#now.get(key);
		const change = this.#told.changeOf(key, state);
		if (change === undefined || !this.#options.filter(change)) {
			this.#open.delete(key);
			this.#reborn.delete(key);
			this.#told.settle(key, state);
			return;
		}
		const text = JSON.stringify(change);
		const before = this.#open.get(key);
		if (before?.text === text) return;
		this.#open.set(key, {change, text, changedAt: now, failures: 0});
	}
}

function subjectOf(change: SubjectChange): Omit<HookCall, 'op' | 'payload' | 'event'> {
	if ('interface' in change) return {ifindex: change.interface.ifindex, ifname: change.interface.ifname};
	if ('route' in change) return {dst: change.route.dst};
	const {ifindex, ifname, address} = change;
	return {ifindex, ifname, address: `${address.local}/${address.prefixlen}`};
}
