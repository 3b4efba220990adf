import {Engine} from '../../src/host/engine.js';
import type {CallOutcome, CallReport, Operation} from '../../src/model/call.js';
import {type Log, silentLog} from '../../src/model/log.js';
import type {OnChange, Rules} from '../../src/model/rules.js';
import {interfacePayload, routePayload} from '../../src/runtime/payload.js';
import type {RuntimeForm} from '../../src/tell/runtime-agenda.js';
import {listener} from '../helpers/listener.js';
import {Happenings} from './happenings.js';
import {Kernel} from './kernel.js';
import {Random} from './random.js';
import {faultlessRuntime, type RuntimeFaults, SimulatedRuntime, SimulatedSandbox} from './simulated-consumer.js';
import {Disk, SimulatedStore} from './simulated-disk.js';
import {faultlessIp, type IpFaults, SimulatedIp} from './simulated-ip.js';
import {Truth} from './truth.js';
import {RunClock, VirtualTime} from './virtual-clock.js';

/** The step of a call at which a kill comes. */
export const killPoints = ['before begin', 'after begin', 'before the work', 'after the work', 'before save', 'after save'] as const;

export type KillPoint = (typeof killPoints)[number];

/** What may happen in a history besides changes. */
export interface Weather {
	/** The longest delay of an event. */
	readonly eventMs?: number;
	readonly loss?: 'told' | 'counted' | 'silently';
	readonly monitor?: boolean;
	readonly queries?: boolean;
	readonly runtime?: boolean;
	readonly disk?: boolean;
	/** SIGKILL, at these steps and at any moment; SIGTERM too. */
	readonly kills?: readonly KillPoint[];
	readonly sharedAddresses?: boolean;
	/** Like the real one, the runtime attaches only veth and tap. */
	readonly refusals?: boolean;
}

export interface Ending {
	readonly seed: number;
	readonly faults: readonly string[];
	readonly trace: readonly string[];
	/** Counts of what happened. */
	readonly changes: number;
}

const onChanges: readonly OnChange[] = ['ignore', 'first-address', 'replace'];
const neverMs = 1e9;

/** One run of the program in a history, from its start to its end. */
interface Run {
	readonly clock: RunClock;
	readonly ip: SimulatedIp;
	readonly runtime: SimulatedRuntime;
	readonly engine: Engine;
	state: 'starting' | 'watching' | 'ending' | 'ended';
}

/**
 * One history: a world, a consumer and a disk. The program runs in it, and is killed and started again. Everything follows from one seed.
 */
export class History {
	readonly #seed: number;
	readonly #weather: Weather;
	readonly #verbose: boolean;
	readonly #rng: Random;
	readonly #time = new VirtualTime();
	readonly #kernel = new Kernel();
	readonly #rules: Rules;
	readonly #truth: Truth;
	readonly #happenings: Happenings;
	readonly #consumer: SimulatedSandbox;
	readonly #disk = new Disk();
	readonly #ipFaults: IpFaults;
	readonly #runtimeFaults: RuntimeFaults;
	readonly #pollIntervalMs: number;
	readonly #trace: string[] = [];
	readonly #faults: string[] = [];
	#run: Run | undefined;
	#kill: {readonly point: KillPoint; countdown: number} | undefined;
	#calls = 0;
	#failures = 0;
	#kills = 0;
	#upsets = 0;
	#interrupted = false;

	constructor(seed: number, weather: Weather, verbose = false) {
		this.#seed = seed;
		this.#weather = weather;
		this.#verbose = verbose;
		this.#rng = new Random(seed);
		const rng = this.#rng;
		this.#rules = {
			families: rng.oneOf<Rules['families']>(['inet'], ['inet'], ['inet', 'inet6'], ['inet6']),
			onChange: rng.pick(onChanges) ?? 'ignore',
			addressWaitMs: rng.oneOf(0, 100, 100, 1000),
			kernelRoutes: rng.chance(0.2),
		};
		this.#truth = new Truth(this.#kernel, this.#rules);
		this.#happenings = new Happenings(this.#kernel, rng, {sharedAddresses: weather.sharedAddresses === true});
		this.#consumer = new SimulatedSandbox(
			weather.refusals === true ? ['bridge', 'macvlan'] : [],
			weather.runtime !== true && weather.kills === undefined && weather.refusals !== true,
			!this.#rules.kernelRoutes,
		);
		this.#ipFaults = faultlessIp(rng.oneOf(1, 5, 80), rng.chance(0.5) ? 1 : (weather.eventMs ?? 1));
		this.#runtimeFaults = faultlessRuntime(rng.oneOf(1, 40, 1500));
		// If no poll should be needed there is none, so that it hides nothing.
		this.#pollIntervalMs = this.#needsPoll ? rng.between(2000, 8000) : neverMs;
	}

	/** Whether events alone do not report everything. */
	get #needsPoll(): boolean {
		return this.#weather.loss === 'counted' || this.#weather.loss === 'silently' || this.#weather.monitor === true;
	}

	async run(): Promise<Ending> {
		this.#say(`rules ${JSON.stringify(this.#rules)}, poll ${Math.round(this.#pollIntervalMs)}`);
		await this.#begin();
		if (this.#faults.length === 0) {
			await this.#live();
			await this.#calmDown();
		}
		return {seed: this.#seed, faults: this.#faults, trace: this.#trace, changes: this.#truth.changes};
	}

	async #begin(): Promise<void> {
		const first = this.#rng.whole(0, 12);
		for (let count = 0; count < first; count += 1) this.#happen(this.#happenings.next());
		this.#truth.begin(this.#consumer);
		this.#truth.changes = 0;
		this.#happenings.routeChanges = 0;
		if (this.#weather.queries && this.#rng.chance(0.5)) this.#worsenQueries();
		this.#start();
		// Rule 1 takes what is found as attached. Until then no interface may come, go or get an address.
		for (let tries = 0; this.#run?.state !== 'watching'; tries += 1) {
			if (tries === 5000) {
				this.#faults.push('it never had a first picture');
				return;
			}
			if (tries > 50) this.#ipFaults.queryFails = 0;
			if (this.#rng.chance(0.2)) this.#happen(this.#happenings.harmless());
			await this.#pass(this.#rng.oneOf(1, 5, 100));
		}
	}

	async #live(): Promise<void> {
		const length = this.#rng.whole(3, this.#rng.oneOf(8, 20, 60));
		for (let count = 0; count < length; count += 1) {
			if (this.#rng.chance(0.2)) this.#upset();
			else this.#happen(this.#happenings.next());
			const gap = this.#rng.next();
			if (gap < 0.45) continue;
			await this.#pass(gap < 0.8 ? this.#rng.between(0, 20) : gap < 0.95 ? this.#rng.between(20, 600) : this.#rng.between(600, 5000));
		}
	}

	/** No more faults. Then nothing may be missing, and no more calls may be made. */
	async #calmDown(): Promise<void> {
		this.#say('calm');
		Object.assign(this.#ipFaults, {...faultlessIp(1, 1)});
		Object.assign(this.#runtimeFaults, faultlessRuntime(1));
		this.#disk.writeFails = 0;
		this.#kill = undefined;
		const disturbed = this.#failures > 0 || this.#kills > 0 || this.#upsets > 0;
		// A hanging call is killed after a minute, and the longest back-off is half a minute.
		await this.#pass(disturbed ? 180_000 : 10_000);
		if (this.#weather.refusals) await this.#checkMostlyRight();
		else await this.#checkQuiet();
		this.#checkCallCount();
		this.#faults.push(...this.#consumer.breaches);
	}

	async #checkQuiet(): Promise<void> {
		this.#faults.push(...this.#pictureFaults());
		const waiting = this.#run?.engine.figures.waiting;
		if (waiting !== 0) this.#faults.push(`${waiting} steps wait`);
		const calls = this.#calls;
		await this.#pass(120_000);
		if (this.#calls > calls) this.#faults.push(`${this.#calls - calls} calls in the calm`);
	}

	/** Something that is always refused is retried for ever. Except for moments, everything else must be right. */
	async #checkMostlyRight(): Promise<void> {
		let faults: string[] = [];
		let wrong = 0;
		for (let count = 0; count < 300; count += 1) {
			const found = this.#pictureFaults();
			if (found.length > 0) {
				wrong += 1;
				faults = found;
			}
			await this.#pass(500);
		}
		if (wrong > 30) this.#faults.push(`wrong in ${wrong} of 300 moments`, ...faults);
	}

	#pictureFaults(): string[] {
		const run = this.#run;
		const announced = run?.engine.announced;
		if (run?.state !== 'watching' || announced === undefined) return [`the program is ${run?.state}`];
		const sawEverything = this.#kills === 0 && this.#weather.loss === undefined && this.#weather.monitor !== true;
		return this.#truth.findFaults(this.#consumer, announced, {
			sawEverything,
			lossesShow: this.#weather.loss !== 'silently',
			sawInterrupted: this.#interrupted,
			callsFailed: this.#failures > 0 || this.#kills > 0,
		});
	}

	#checkCallCount(): void {
		if (this.#weather.refusals) return;
		const {changes, mostSharers} = this.#truth;
		const causes = changes + this.#happenings.routeChanges + this.#failures + this.#kills;
		const most = 4 + 4 * causes * mostSharers;
		if (this.#calls > most) this.#faults.push(`${this.#calls} calls for ${causes} changes and failures`);
	}

	#start(): void {
		const clock = new RunClock(this.#time, this.#rng);
		const ip = new SimulatedIp(this.#kernel, clock, this.#rng, this.#ipFaults);
		const isAlive = () => this.#run?.clock === clock && this.#run.state !== 'ended';
		const passes = (point: KillPoint) => {
			if (isAlive()) this.#strike(point);
			return isAlive();
		};
		const runtime = new SimulatedRuntime(this.#consumer, clock, this.#rng, this.#runtimeFaults, {
			onBegin: (op, payload) => this.#callBegins(op, payload, passes('before the work')),
			onDone: (op, outcome) => this.#callEnds(op, outcome) && passes('after the work'),
		});
		const store = new SimulatedStore(this.#disk, this.#rng, {onWrite: (what, when) => passes(`${when} ${what}`)});
		const form: RuntimeForm = {
			interface: (record) => interfacePayload(record, 'kata-1.13'),
			route: (route) => routePayload(route, 'kata-1.13'),
			fingerprint: (payload) => payload,
		};
		const events = listener({called: (report) => this.#callReported(report)});
		const engine = new Engine(
			{probe: ip, clock, log: this.#log(), runtime: {consumer: runtime, store, form}, events},
			// Every other history reads as with many links.
			{rules: this.#rules, pollIntervalMs: this.#pollIntervalMs, bareFrom: this.#seed % 2 === 0 ? 0 : 100},
		);
		const run: Run = {clock, ip, runtime, engine, state: 'starting'};
		this.#run = run;
		this.#say('start');
		engine.start().then(
			() => {
				if (run.state === 'starting') run.state = 'watching';
			},
			(error: unknown) => {
				this.#say(`cannot start: ${error}`);
				if (run.state === 'starting') this.#end(run, 200);
			},
		);
	}

	#end(run: Run, downMs: number): void {
		run.state = 'ended';
		run.ip.close();
		run.clock.end();
		this.#time.after(downMs, () => this.#start());
	}

	/** SIGKILL: from now on the run can do nothing. */
	#killNow(why: string): void {
		const run = this.#run;
		// Before anything is on disk, a start is a fresh one. Rule 1 then assumes that nothing happened before it.
		if (run === undefined || run.state === 'ended' || this.#disk.state === undefined) return;
		this.#say(`SIGKILL ${why}`);
		this.#kills += 1;
		run.state = 'ended';
		run.runtime.killed();
		this.#end(run, this.#rng.oneOf(1, 200, 5000));
	}

	#terminate(): void {
		const run = this.#run;
		if (run?.state !== 'watching' || this.#disk.state === undefined) return;
		this.#say('SIGTERM');
		this.#kills += 1;
		run.state = 'ending';
		void run.engine.stop(10_000).then(() => {
			if (run.state === 'ending') this.#end(run, this.#rng.oneOf(1, 200, 5000));
		});
	}

	#strike(point: KillPoint): void {
		const kill = this.#kill;
		if (kill === undefined || kill.point !== point) return;
		kill.countdown -= 1;
		if (kill.countdown > 0) return;
		this.#kill = undefined;
		this.#killNow(point);
	}

	#callBegins(op: Operation, payload: string, isAlive: boolean): boolean {
		if (!isAlive) return false;
		this.#calls += 1;
		this.#say(`  ${op} ${payload}`);
		return true;
	}

	#callEnds(op: Operation, outcome: CallOutcome): boolean {
		if (!outcome.ok) this.#failures += 1;
		this.#say(
			`  ${op} ${outcome.ok ? 'succeeds' : outcome.reason}; guest: ${this.#consumer.endpoints.map(({Name, HwAddr}) => `${Name} ${HwAddr}`)}`,
		);
		return true;
	}

	#callReported({ok, reason}: CallReport): void {
		if (!ok && reason?.startsWith('no space')) this.#failures += 1;
	}

	/** Begins or ends one of the faults of this history. */
	#upset(): void {
		const {loss, monitor, queries, runtime, disk, kills} = this.#weather;
		const upsets: (() => void)[] = [];
		if (loss !== undefined) upsets.push(() => this.#turn('events', () => this.#toggleLoss(loss)));
		if (monitor) upsets.push(() => this.#upsetMonitor());
		if (queries) upsets.push(() => this.#turn('queries', () => this.#worsenQueries()));
		if (runtime) upsets.push(() => this.#turn('runtime', () => this.#worsenRuntime()));
		if (disk) upsets.push(() => this.#turn('disk', () => (this.#disk.writeFails = this.#rng.oneOf(0, 0.3, 1))));
		if (kills !== undefined) upsets.push(() => this.#upsetProgram(kills));
		const upset = this.#rng.pick(upsets);
		if (upset === undefined) return;
		this.#upsets += 1;
		upset();
	}

	#turn(what: string, turn: () => void): void {
		turn();
		this.#say(`${what}: ${JSON.stringify([this.#ipFaults, this.#runtimeFaults, this.#disk.writeFails])}`);
	}

	#toggleLoss(loss: 'told' | 'counted' | 'silently'): void {
		this.#ipFaults.dropping = this.#ipFaults.dropping === 'no' ? loss : 'no';
	}

	#worsenQueries(): void {
		this.#ipFaults.queryFails = this.#rng.oneOf(0, 0.1, 0.6);
		this.#ipFaults.interrupted = this.#rng.oneOf(0, 0.3, 0.9);
		if (this.#ipFaults.interrupted > 0) this.#interrupted = true;
	}

	#worsenRuntime(): void {
		const faults = this.#runtimeFaults;
		faults.failsBefore = this.#rng.oneOf(0, 0.2, 0.8);
		faults.failsAfter = this.#rng.oneOf(0, 0.2, 0.8);
		faults.hangs = this.#rng.oneOf(0, 0, 0.1);
	}

	#upsetMonitor(): void {
		const monitor = this.#run?.ip.monitor;
		this.#ipFaults.monitorFailsToStart = this.#rng.oneOf(0, 0.5);
		if (monitor === undefined) return;
		const roll = this.#rng.next();
		this.#say(roll < 0.6 ? 'monitor dies' : monitor.stuck ? 'monitor resumes' : 'monitor stops');
		if (roll < 0.6) monitor.die('died on purpose');
		else if (monitor.stuck) monitor.resume();
		else monitor.stuck = true;
	}

	#upsetProgram(points: readonly KillPoint[]): void {
		const roll = this.#rng.next();
		const point = this.#rng.pick(points);
		if (point === undefined || roll < 0.15) this.#terminate();
		else if (roll < 0.3) this.#killNow('at some moment');
		else this.#kill = {point, countdown: this.#rng.whole(1, 3)};
	}

	#happen(what: string | undefined): void {
		if (what !== undefined) this.#say(what);
	}

	#pass(delayMs: number): Promise<void> {
		return this.#time.runUntil(this.#time.now + delayMs);
	}

	#say(text: string): void {
		if (this.#verbose) this.#trace.push(`${this.#time.now.toFixed(1).padStart(10)}  ${text}`);
	}

	#log(): Log {
		if (!this.#verbose) return silentLog;
		const say = (fields: object, message: string) => this.#say(`    ${message} ${JSON.stringify(fields)}`);
		return {...silentLog, debug: () => undefined, info: () => undefined, warn: say, error: say};
	}
}
