import PQueue from 'p-queue';
import {beginStep, failStep, forgetMoot, settleStep} from '../diff/announce.js';
import {Desires} from '../diff/desires.js';
import {heldInterfaces, mustGo, planSteps, type Step, stepKey, withoutBlocked} from '../diff/plan.js';
import {rememberLinks} from '../diff/remember.js';
import {announcedAtStart, type DesiredInterfaces, desireInterfaces, type Rules, wishFor} from '../diff/rules.js';
import type {Announced, InterfaceRecord} from '../model/announced.js';
import type {CallOutcome, CallReport, Runtime} from '../model/call.js';
import {messageOf} from '../model/errors.js';
import {identityKey} from '../model/interface-table.js';
import type {Log} from '../model/log.js';
import type {StateStore} from '../model/state.js';
import {Backoff} from '../time/backoff.js';
import type {Clock} from '../time/clock.js';
import type {Observed} from '../watch/watcher.js';
import type {RouteList} from './route-list.js';

export interface AnnouncerPorts {
	readonly runtime: Runtime;
	readonly store: StateStore;
	readonly clock: Clock;
	readonly log: Log;
	readonly routeList: RouteList;
	interfacePayload(record: InterfaceRecord): string;
	onCall(report: CallReport): void;
	/** Resolves when a look that runs now has been taken in. */
	settled(): Promise<void>;
	/** Counts looks, for the state. */
	serial(): number;
}

/** Of what waits, the most urgent comes first (SPEC rule 7). */
const priorities: Readonly<Record<Step['op'], number>> = {'del-iface': 2, 'add-iface': 1, 'update-routes': 0};
const backoffLimits = {baseMs: 200, capMs: 30_000};
/** Routes come between interface calls at most this often (SPEC rule 7). */
const routesBetweenMs = 1000;

/** A plan, and what it was made from. */
interface Plan {
	readonly observed: Observed;
	readonly announced: Announced;
	readonly desired: DesiredInterfaces;
	readonly steps: readonly Step[];
}

/**
 * Tells the runtime, one call at a time, what differs between what is desired and what is
 * announced. The queue holds only what is to be done (an interface, or the routes); what is to be
 * said of it is decided when its turn comes, so that bursts coalesce and what is moot is never said.
 */
export class Announcer {
	readonly #ports: AnnouncerPorts;
	readonly #rules: Rules;
	readonly #earlier: Announced | undefined;
	readonly #queue = new PQueue({concurrency: 1});
	/** Keys of the steps in the queue. */
	readonly #waiting = new Set<string>();
	/** Interfaces of which it was said that they stay. */
	#held = new Set<string>();
	readonly #desires: Desires;
	readonly #backoff: Backoff;
	#announced: Announced = {interfaces: [], routes: undefined, routesOwed: false};
	#observed: Observed | undefined;
	#plan: Plan | undefined;
	#running: string | undefined;
	#stopped = false;
	#cancelTimer: (() => void) | undefined;
	#cancelSave: (() => void) | undefined;
	#unsaved = false;
	#savedAs: readonly unknown[] = [];
	/** Since when interface calls have been waiting without a pause; routes may then come between. */
	#busySince: number | undefined;
	#routesAt = Number.NEGATIVE_INFINITY;

	/** @param earlier what an earlier run has announced; without it the first picture counts as announced */
	constructor(earlier: Announced | undefined, rules: Rules, ports: AnnouncerPorts) {
		this.#earlier = earlier;
		this.#rules = rules;
		this.#desires = new Desires(rules);
		this.#ports = ports;
		this.#backoff = new Backoff(ports.clock, backoffLimits);
	}

	get announced(): Announced {
		return this.#announced;
	}

	/** Keys of what waits for its turn, and of the call that runs. */
	get backlog(): {readonly waiting: readonly string[]; readonly running: string | undefined} {
		return {waiting: [...this.#waiting], running: this.#running};
	}

	/** Takes in a new picture, and queues what follows from it. */
	observe(observed: Observed): void {
		if (this.#observed === undefined) {
			this.#announced = this.#earlier ?? this.#announcedAtStart(observed);
			// Before the first call: what an earlier run's unfinished one has left unsure, its record would take the place of.
			this.#unsaved = true;
		}
		this.#observed = observed;
		this.#schedule();
		this.#saveSoon();
	}

	/** Starts no more calls. Resolves when the one that runs has ended, killed after the grace if need be. */
	async stop(graceMs: number): Promise<void> {
		this.#stopped = true;
		this.#cancelTimer?.();
		this.#queue.clear();
		this.#waiting.clear();
		await this.#ports.runtime.close(graceMs);
		await this.#queue.onIdle();
		this.#cancelSave?.();
		// Whatever has become of the file since: the next start needs it.
		this.#unsaved = true;
		this.#save();
	}

	/** SPEC rule 1: the runtime has attached the interfaces and sent the routes of the start itself. */
	#announcedAtStart(observed: Observed): Announced {
		const interfaces = announcedAtStart(observed.table, this.#rules.families);
		this.#ports.routeList.update(observed, interfaces);
		return {interfaces, routes: this.#ports.routeList.fingerprint, routesOwed: false};
	}

	#makePlan(observed: Observed, now: number): Plan {
		const {routeList} = this.#ports;
		const known = this.#plan;
		const fresh = known !== undefined && known.observed === observed && known.announced === this.#announced;
		if (fresh && now < (known.desired.nextAt ?? Number.POSITIVE_INFINITY)) return known;
		const desired = this.#desires.of(observed.table, this.#announced.interfaces, now);
		this.#announced = forgetMoot(this.#announced, desired);
		routeList.update(observed, this.#announced.interfaces);
		const steps = planSteps(desired, this.#announced, routeList.fingerprint);
		this.#backoff.retain(new Set(steps.map(stepKey)));
		this.#plan = {observed, announced: this.#announced, desired, steps};
		return this.#plan;
	}

	#schedule(): void {
		if (this.#observed === undefined || this.#stopped) return;
		// One moment for all of it: what is not ready yet at one, and no more to be waited for at the next, would be forgotten.
		const now = this.#ports.clock.now();
		const plan = this.#makePlan(this.#observed, now);
		const ready = this.#ready(plan, now);
		for (const step of ready) {
			const key = stepKey(step);
			if (this.#waiting.has(key) || this.#running === key) continue;
			this.#waiting.add(key);
			void this.#queue.add(() => this.#turn(key), {priority: priorities[step.op]}).catch((error: unknown) => this.#recover(key, error));
		}
		this.#setTimer(plan, now);
		if (ready.length > 0 || this.#running !== undefined) return;
		this.#ports.routeList.warn();
		this.#warnOfHeld(plan);
	}

	/** Says once of each interface that stays although it should be detached why it does. */
	#warnOfHeld({desired, announced}: Plan): void {
		const held = new Set<string>();
		for (const {entry, reason} of heldInterfaces(desired, announced)) {
			const key = identityKey(entry);
			held.add(key);
			if (this.#held.has(key)) continue;
			const {code, hwaddr, ifname: sharer, kind} = reason;
			const fields = {ifindex: entry.ifindex, ifname: entry.record.name, code, hwaddr, sharer, kind};
			this.#ports.log.warn(
				fields,
				'interface is not detached: one with its hardware address would be too, and could not be attached again',
			);
		}
		this.#held = held;
	}

	/** Wakes up when an address has been waited for long enough, or a back-off has ended. */
	#setTimer(plan: Plan, now: number): void {
		this.#cancelTimer?.();
		this.#cancelTimer = undefined;
		let next = plan.desired.nextAt ?? Number.POSITIVE_INFINITY;
		for (const step of this.#unblocked(plan, now)) {
			const at = this.#readyAt(step, plan);
			if (at > now) next = Math.min(next, at);
		}
		if (next === Number.POSITIVE_INFINITY) return;
		this.#cancelTimer = this.#ports.clock.after(Math.max(0, next - now), () => this.#schedule());
	}

	#ready(plan: Plan, now: number): Step[] {
		return this.#unblocked(plan, now).filter((step) => this.#readyAt(step, plan) <= now);
	}

	#unblocked(plan: Plan, now: number): Step[] {
		return withoutBlocked(plan.steps, (step) => this.#readyAt(step, plan) > now);
	}

	#readyAt(step: Step, plan: Plan): number {
		const own = this.#ownReadyAt(step, plan.desired);
		if (step.op !== 'del-iface' || mustGo(step.entry, plan.desired)) return own;
		// It goes with those whose hardware address it shares (SPEC rule 8), and until then the guest keeps it.
		const {hwaddr} = step.entry.record;
		const leading = plan.steps.filter(
			(other) => other.op === 'del-iface' && other.entry.record.hwaddr === hwaddr && mustGo(other.entry, plan.desired),
		);
		return Math.max(own, Math.min(...leading.map((other) => this.#ownReadyAt(other, plan.desired))));
	}

	/** An interface whose add has failed is deleted, to settle what the runtime has, only when it is to be tried again. */
	#ownReadyAt(step: Step, desired: DesiredInterfaces): number {
		const readyAt = this.#heldUntil(step);
		if (step.op !== 'del-iface' || step.entry.standing !== 'unsure') return readyAt;
		const wish = wishFor(desired, step.entry);
		if (wish === undefined) return readyAt;
		const add: Step = {op: 'add-iface', identity: step.entry, record: wish.record};
		return Math.max(readyAt, this.#heldUntil(add));
	}

	#heldUntil(step: Step): number {
		const key = stepKey(step);
		// What is not held back need not be spelt out: of hundreds of steps hardly any is.
		return this.#backoff.holds(key) ? this.#backoff.readyAt(key, this.#subject(step)) : Number.NEGATIVE_INFINITY;
	}

	/** What a step is about to say: another thing to say is not held back by the failure of this one. */
	#subject(step: Step): string {
		return step.op === 'update-routes' ? this.#ports.routeList.fingerprint : this.#payload(step);
	}

	#payload(step: Step): string {
		if (step.op === 'update-routes') return this.#ports.routeList.payload;
		return this.#ports.interfacePayload(step.op === 'add-iface' ? step.record : step.entry.record);
	}

	/** One turn of the queue: what is waiting under this key, as it is now. */
	async #turn(key: string): Promise<void> {
		if (key === 'update-routes') {
			this.#busySince = undefined;
			// A look that runs may be about to change the list: better one call than two.
			await this.#ports.settled();
		} else if (this.#routesMayComeBetween()) {
			await this.#run('update-routes');
		}
		this.#waiting.delete(key);
		await this.#run(key);
		if (this.#waiting.size === 0) this.#busySince = undefined;
		this.#schedule();
	}

	/** A fault of netmon's own in one turn must not end the others. */
	#recover(key: string, error: unknown): void {
		this.#waiting.delete(key);
		this.#running = undefined;
		const stack = error instanceof Error ? error.stack : undefined;
		this.#ports.log.error({op: key, reason: messageOf(error), stack}, 'internal error, this step is left until something changes');
	}

	#routesMayComeBetween(): boolean {
		const now = this.#ports.clock.now();
		this.#busySince ??= now;
		if (now - Math.max(this.#busySince, this.#routesAt) < routesBetweenMs) return false;
		return this.#observed !== undefined && this.#makePlan(this.#observed, now).announced.routes !== this.#ports.routeList.fingerprint;
	}

	async #run(key: string): Promise<void> {
		if (this.#observed === undefined || this.#stopped) return;
		const now = this.#ports.clock.now();
		const step = this.#ready(this.#makePlan(this.#observed, now), now).find((candidate) => stepKey(candidate) === key);
		if (step === undefined) return;
		this.#running = key;
		await this.#call(step, key);
		this.#running = undefined;
	}

	async #call(step: Step, key: string): Promise<void> {
		const {clock, routeList} = this.#ports;
		const subject = this.#subject(step);
		const attempt = this.#backoff.attempt(key, subject);
		const payload = this.#payload(step);
		const {fingerprint} = routeList;
		const startedAt = clock.now();
		const outcome = this.#begin(step) ?? (await this.#ports.runtime.call(step.op, payload));
		const endedAt = clock.now();
		if (step.op === 'update-routes') this.#routesAt = endedAt;
		let retryInMs: number | undefined;
		if (outcome.ok) {
			this.#backoff.succeed(key);
			this.#announced = settleStep(this.#announced, step, this.#desiredNow(), fingerprint);
		} else {
			retryInMs = this.#backoff.fail(key, subject);
			this.#announced = failStep(this.#announced, step);
		}
		this.#unsaved = true;
		this.#saveSoon();
		this.#report(step, outcome, {
			attempt,
			payload,
			durationMs: Math.round((endedAt - startedAt) * 10) / 10,
			...(retryInMs === undefined ? {} : {retryInMs: Math.round(retryInMs)}),
		});
	}

	/** Writes down what is about to be done; where that cannot be, it is not done. */
	#begin(step: Step): CallOutcome | undefined {
		try {
			if (this.#unsaved) this.#write();
			this.#ports.store.begin(step);
		} catch (error) {
			return {ok: false, reason: messageOf(error)};
		}
		this.#announced = beginStep(this.#announced, step);
		return undefined;
	}

	#desiredNow(): DesiredInterfaces {
		const table = this.#observed?.table ?? new Map();
		return desireInterfaces(table, this.#announced.interfaces, this.#rules, this.#ports.clock.now());
	}

	#report(step: Step, outcome: CallOutcome, facts: Pick<CallReport, 'attempt' | 'payload' | 'durationMs' | 'retryInMs'>): void {
		const report: CallReport = {type: 'call', op: step.op, ok: outcome.ok, ...interfaceOf(step), ...facts, ...failureOf(outcome)};
		const {payload, type, ok, ...fields} = report;
		const {log, onCall} = this.#ports;
		if (ok) log.info(fields, 'runtime was told');
		else log.warn(fields, 'runtime call failed, it is held back');
		log.debug({op: step.op, payload}, 'payload');
		onCall(report);
	}

	/** Off the way of the call that may be about to begin. */
	#saveSoon(): void {
		this.#cancelSave ??= this.#ports.clock.after(0, () => {
			this.#cancelSave = undefined;
			this.#save();
		});
	}

	#save(): void {
		if (this.#running !== undefined) return;
		try {
			this.#write();
		} catch (error) {
			this.#unsaved = true;
			this.#ports.log.error({reason: messageOf(error)}, 'cannot save what was announced, it is tried again with the next call');
		}
	}

	#write(): void {
		if (this.#observed === undefined) return;
		const {table} = this.#observed;
		const inputs = [table, this.#announced];
		if (!this.#unsaved && inputs.every((input, index) => input === this.#savedAs[index])) return;
		this.#ports.store.save({announced: this.#announced, links: rememberLinks(table, this.#announced), serial: this.#ports.serial()});
		this.#savedAs = inputs;
		this.#unsaved = false;
	}
}

function interfaceOf(step: Step): Pick<CallReport, 'ifindex' | 'ifname'> {
	if (step.op === 'update-routes') return {};
	if (step.op === 'add-iface') return {ifindex: step.identity.ifindex, ifname: step.record.name};
	return {ifindex: step.entry.ifindex, ifname: step.entry.record.name};
}

function failureOf(outcome: CallOutcome): Pick<CallReport, 'reason' | 'stderr'> {
	if (outcome.ok) return {};
	return outcome.stderr === undefined ? {reason: outcome.reason} : {reason: outcome.reason, stderr: outcome.stderr};
}
