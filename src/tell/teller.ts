import PQueue from 'p-queue';
import type {Call, CallOutcome, CallReport, Consumer} from '../model/call.js';
import {faultFields, messageOf} from '../model/errors.js';
import type {Log} from '../model/log.js';
import {StartFailures} from '../process/start-failures.js';
import {Backoff} from '../time/backoff.js';
import type {Clock} from '../time/clock.js';
import type {Agenda, Turn} from './agenda.js';
import {type Untold, untoldOf} from './untold.js';

/** Words for the log. */
export interface CallWords {
	readonly done: string;
	readonly failed: string;
	/** Whether the log line includes the consumer's stderr. If not, it was passed on. */
	readonly withStderr: boolean;
}

export const runtimeWords: CallWords = {done: 'runtime was told', failed: 'runtime call failed, it is held back', withStderr: true};

export interface TellerPorts {
	readonly clock: Clock;
	readonly log: Log;
	readonly words: CallWords;
	onCall(report: CallReport): void;
}

interface Failure {
	readonly reason: string;
	readonly stderr: string | undefined;
	readonly since: number;
	readonly isLast: boolean | undefined;
}

const backoffLimits = {baseMs: 200, capMs: 30_000};

/**
 * Tells one consumer what its agenda holds, one call at a time. The queue holds keys only. The content is decided when a key's turn
 * comes, so bursts coalesce, and the consumer is never told what is no longer true.
 */
export class Teller<OwnCall extends Call, OwnTurn extends Turn<OwnCall> = Turn<OwnCall>> {
	readonly #agenda: Agenda<OwnCall, OwnTurn>;
	readonly #consumer: Consumer<OwnCall>;
	readonly #ports: TellerPorts;
	readonly #backoff: Backoff;
	/** Undefined until something has to be told: most starts need no p-queue, and dist/ reads it at its first use (build.mjs). */
	#queue: PQueue | undefined;
	/** Keys in the queue, each at most once, and since when. The first is the oldest. */
	readonly #waiting = new Map<string, number>();
	/** The key whose call runs; at most one runs. */
	#running: string | undefined;
	#runningSince = 0;
	/** How the last attempt at each call that is held back ended, by key. */
	readonly #failures = new Map<string, Failure>();
	#stopped = false;
	#cancelTimer: (() => void) | undefined;
	readonly #startFailures = new StartFailures();

	constructor(agenda: Agenda<OwnCall, OwnTurn>, consumer: Consumer<OwnCall>, ports: TellerPorts) {
		this.#agenda = agenda;
		this.#consumer = consumer;
		this.#ports = ports;
		this.#backoff = new Backoff(ports.clock, backoffLimits);
	}

	/** Loads what the first call needs. Call it after the first picture. */
	prepare(): void {
		this.#openQueue();
	}

	/** Keys that wait for their turn, and the key whose call is running. */
	get backlog(): {readonly waiting: readonly string[]; readonly running: string | undefined} {
		return {waiting: [...this.#waiting.keys()], running: this.#running};
	}

	get untold(): Untold {
		const running = this.#running === undefined ? undefined : this.#runningSince;
		const failed = [...this.#failures.values()].map(({since}) => since);
		return untoldOf(this.#ports.clock.now(), this.#waiting, running, failed);
	}

	/** Calls that failed and are retried, with how the last attempt ended. */
	get held(): readonly {
		readonly key: string;
		readonly attempts: number;
		readonly until: number;
		readonly reason: string;
		readonly stderr: string | undefined;
	}[] {
		return this.#backoff.held.flatMap((each) => {
			const {reason = '', stderr, isLast = false} = this.#failures.get(each.key) ?? {};
			return isLast ? [] : [{...each, reason, stderr}];
		});
	}

	/** Queues what is due. Called whenever the agenda may have changed. */
	wake(): void {
		if (this.#stopped) return;
		// Use one moment throughout: otherwise a step that becomes due in between could be dropped.
		const now = this.#ports.clock.now();
		const {due, planned, nextAt} = this.#agenda.due(now, this.#backoff);
		this.#backoff.retain(planned);
		for (const key of this.#failures.keys()) if (!planned.has(key)) this.#failures.delete(key);
		for (const {key, priority} of due) {
			if (this.#waiting.has(key) || this.#running === key) continue;
			const queue = this.#openQueue();
			this.#waiting.set(key, now);
			void queue.add(() => this.#turn(key), {priority}).catch((error: unknown) => this.#recover(key, error));
		}
		this.#cancelTimer?.();
		this.#cancelTimer = nextAt === undefined ? undefined : this.#ports.clock.after(Math.max(0, nextAt - now), () => this.wake());
		if (due.length === 0 && this.#running === undefined) this.#agenda.idle?.();
	}

	/** Starts no more calls. Resolves when the running call has ended; it is killed after the grace period. */
	async stop(graceMs: number): Promise<void> {
		this.#stopped = true;
		this.#cancelTimer?.();
		this.#queue?.clear();
		this.#waiting.clear();
		await this.#consumer.close(graceMs);
		await this.#queue?.onIdle();
		this.#agenda.stop();
	}

	#openQueue(): PQueue {
		this.#queue ??= new PQueue({concurrency: 1});
		return this.#queue;
	}

	async #turn(key: string): Promise<void> {
		await this.#agenda.ready?.(key);
		const first = this.#agenda.before(key, this.#ports.clock.now());
		if (first !== undefined) await this.#tell(first);
		this.#waiting.delete(key);
		await this.#tell(key);
		if (this.#waiting.size === 0) this.#agenda.drained?.();
		this.wake();
	}

	/** An internal error in one turn must not end the others. */
	#recover(key: string, error: unknown): void {
		this.#waiting.delete(key);
		this.#running = undefined;
		this.#ports.log.error({op: key, ...faultFields(error)}, 'internal error, this step is left until something changes');
	}

	async #tell(key: string): Promise<void> {
		if (this.#stopped) return;
		const {clock} = this.#ports;
		const turn = this.#agenda.turn(key, clock.now(), this.#backoff);
		if (turn === undefined) return;
		this.#running = key;
		const startedAt = clock.now();
		this.#runningSince = startedAt;
		const outcome = this.#begin(turn) ?? (await this.#consumer.tell(turn.call));
		const endedAt = clock.now();
		const durationMs = endedAt - startedAt - (outcome.waitedMs ?? 0);
		const report = this.#settle(key, turn, outcome, Math.round(durationMs * 10) / 10);
		this.#running = undefined;
		this.#report(report, outcome);
		this.#agenda.end(turn, outcome, endedAt);
	}

	#begin(turn: OwnTurn): CallOutcome | undefined {
		try {
			this.#agenda.begin(turn);
			return undefined;
		} catch (error) {
			return {ok: false, reason: messageOf(error)};
		}
	}

	#settle(key: string, {call, subject, isLast}: OwnTurn, outcome: CallOutcome, durationMs: number): CallReport {
		const report = {...call, attempt: this.#backoff.attempt(key, subject), durationMs};
		if (outcome.ok) {
			this.#backoff.succeed(key);
			this.#failures.delete(key);
			return {...report, ok: true};
		}
		const retryInMs = Math.round(this.#backoff.fail(key, subject));
		const since = this.#failures.get(key)?.since ?? this.#runningSince;
		this.#failures.set(key, {reason: outcome.reason, stderr: outcome.stderr, since, isLast});
		const stderr = outcome.stderr === undefined ? {} : {stderr: outcome.stderr};
		return {...report, ok: false, ...(isLast ? {} : {retryInMs}), reason: outcome.reason, ...stderr};
	}

	#report(report: CallReport, outcome: CallOutcome): void {
		// The event of a hook's call is its payload.
		const {payload, ok, stderr, event, ...facts}: CallReport & {readonly event?: object} = report;
		const {log, onCall, words} = this.#ports;
		const fields = stderr === undefined || !words.withStderr ? facts : {...facts, stderr};
		const notStarted = !outcome.ok && outcome.started === false;
		if (ok) log.info(fields, words.done);
		else log[this.#startFailures.levelOf(notStarted)](fields, words.failed);
		if (ok) this.#startFailures.clear();
		log.debug({op: report.op, payload}, 'payload');
		onCall(report);
	}
}
