import {existsSync, renameSync, rmSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {childrenOf} from '../faults/processes.js';
import type {Random} from './random.js';
import type {ChaoticRuntime} from './real-runtime.js';

/** What may go wrong in a history. */
export interface RealWeather {
	readonly monitor: boolean;
	readonly batch: boolean;
	readonly kills: boolean;
	readonly stops: boolean;
	readonly stateDir: boolean;
	readonly runtime: boolean;
	/** `ip` is missing for a while. */
	readonly ipMissing: boolean;
	/** So is the runtime, and processes of calls are killed. */
	readonly runtimeMissing: boolean;
	/** The monitor's buffer is as small as possible. It may or may not report an overrun. */
	readonly smallBuffer: 'no' | 'told' | 'silent';
}

/** Interferes with the program's processes and files, and undoes that. */
export class RealUpsets {
	readonly #rng: Random;
	readonly #weather: RealWeather;
	readonly #runtime: ChaoticRuntime;
	readonly #ipPath: string;
	readonly #ipTarget: string;
	readonly #stopped = new Set<number>();

	constructor(rng: Random, weather: RealWeather, runtime: ChaoticRuntime, ip: {readonly path: string; readonly target: string}) {
		this.#rng = rng;
		this.#weather = weather;
		this.#runtime = runtime;
		this.#ipPath = ip.path;
		this.#ipTarget = ip.target;
	}

	/** Starts or ends a fault, and returns which. `kill` and `stop` are left to the history. */
	next(netmon: number): string {
		const {monitor, batch, stops, stateDir, ipMissing, runtimeMissing} = this.#weather;
		const choices: (() => string)[] = [() => this.mend()];
		if (monitor) choices.push(() => this.#signal(netmon, /\bmonitor label\b/, 'monitor'));
		if (batch) choices.push(() => this.#signal(netmon, / -batch -/, 'ip -batch'));
		if (stops) choices.push(() => this.#stop([netmon], 'netmon'));
		if (stateDir) choices.push(() => this.#removeState());
		if (ipMissing) choices.push(() => this.#takeIpAway());
		if (runtimeMissing) choices.push(() => this.#upsetRuntime(netmon));
		return this.#rng.pick(choices)?.() ?? 'nothing';
	}

	/** Restores everything that was taken away or stopped. */
	mend(): string {
		if (!existsSync(this.#ipPath)) symlinkSync(this.#ipTarget, this.#ipPath);
		this.#runtime.appear(true);
		for (const pid of this.#stopped) signal(pid, 'SIGCONT');
		this.#stopped.clear();
		return 'mended';
	}

	/** Whether a program that starts now finds everything that it needs. */
	get mayStart(): boolean {
		return existsSync(this.#ipPath) && existsSync(this.#runtime.path);
	}

	/** Whether what was announced is on disk: without it a start is a fresh one. */
	get stateThere(): boolean {
		return existsSync(join(this.#runtime.stateDir, 'sb1', 'announced.json'));
	}

	#signal(netmon: number, matches: RegExp, what: string): string {
		const children = childrenOf(netmon, matches).filter(() => this.#rng.chance(0.8));
		if (this.#rng.chance(0.5)) return this.#stop(children, what);
		for (const pid of children) signal(pid, 'SIGKILL');
		return `SIGKILL ${what} ${children}`;
	}

	#stop(pids: readonly number[], what: string): string {
		for (const pid of pids) {
			signal(pid, 'SIGSTOP');
			this.#stopped.add(pid);
		}
		return `SIGSTOP ${what} ${pids}`;
	}

	#removeState(): string {
		const {stateDir} = this.#runtime;
		const aside = `${stateDir}.aside`;
		rmSync(aside, {recursive: true, force: true});
		const what = this.#rng.chance(0.5) ? stateDir : join(stateDir, 'sb1');
		if (existsSync(what)) renameSync(what, aside);
		return `${what} is removed`;
	}

	#takeIpAway(): string {
		rmSync(this.#ipPath, {force: true});
		return 'ip is removed';
	}

	#upsetRuntime(netmon: number): string {
		if (this.#rng.chance(0.3)) {
			this.#runtime.appear(false);
			return 'the runtime is removed';
		}
		// A shell that waits to become the next call is one of them.
		const children = childrenOf(netmon, /kata-network/);
		for (const pid of children) signal(pid, 'SIGKILL');
		return `SIGKILL runtime ${children}`;
	}
}

function signal(pid: number, name: NodeJS.Signals): void {
	try {
		process.kill(pid, name);
	} catch {
		// It has ended meanwhile.
	}
}
