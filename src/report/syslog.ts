import {statSync} from 'node:fs';
import {Child, type ProcessEnd} from '../process/child.js';
import type {Mortality} from '../process/mortal.js';
import {Tail} from '../process/tail.js';
import type {Clock} from '../time/clock.js';
import {endedOrLate} from '../time/ended-or-late.js';
import {priority} from './journal-stream.js';
import type {LogOutput} from './log.js';

/** The most bytes that may wait for a logger that does not read. Further lines are dropped and counted. */
const mostWaitingBytes = 1024 * 1024;
/** A logger that has ended is started again for the next line after this long. */
const restartMs = 10_000;
/** logger(1) cuts lines at 1 KiB otherwise. */
const longestLine = 8192;
/** Where syslog(3) writes to. */
const syslogSocket = '/dev/log';

export interface SyslogNames {
	readonly tag: string;
	readonly facility: 'daemon' | 'user';
}

/** Whether a syslog daemon takes messages on this machine. */
export function hasSyslog(path = syslogSocket): boolean {
	return statSync(path, {throwIfNoEntry: false})?.isSocket() === true;
}

/**
 * The system's log, by one logger(1) of util-linux, which is started for the first line: a netmon that has nothing to say has no process
 * for it. A logger that stalls or dies costs lines here, never a wait.
 */
export class Syslog implements LogOutput {
	readonly #program: string;
	readonly #mortality: Mortality;
	readonly #names: SyslogNames;
	readonly #clock: Clock;
	readonly #onFailure: (reason: string) => void;
	#logger: Child | undefined;
	#ended: Promise<void> = Promise.resolve();
	#notBefore = Number.NEGATIVE_INFINITY;
	#dropped = 0;

	/** @param onFailure called each time that a logger has ended */
	constructor(program: string, mortality: Mortality, names: SyslogNames, clock: Clock, onFailure: (reason: string) => void) {
		this.#program = program;
		this.#mortality = mortality;
		this.#names = names;
		this.#clock = clock;
		this.#onFailure = onFailure;
	}

	/** The lines that were dropped since the last one that a logger took. */
	get dropped(): number {
		return this.#dropped;
	}

	write(line: string, linePriority: number): void {
		if (this.#logger === undefined && this.#clock.now() >= this.#notBefore) this.#start();
		if (this.#logger === undefined || this.#logger.unreadBytes > mostWaitingBytes) {
			this.#dropped += 1;
			return;
		}
		if (this.#dropped > 0) this.#logger.write(`<${priority.warning}>${this.#dropped} log lines were dropped\n`);
		this.#dropped = 0;
		this.#logger.write(`<${linePriority}>${line}`);
	}

	/** Resolves when the logger has taken everything and ended, or after the limit. */
	async close(limitMs: number): Promise<void> {
		this.#logger?.endInput();
		await endedOrLate(this.#ended, limitMs, this.#clock);
		this.#logger?.close();
	}

	#start(): void {
		const {tag, facility} = this.#names;
		const args = [`--id=${process.pid}`, '--tag', tag, '-p', `${facility}.info`, '--prio-prefix', '--size', String(longestLine)];
		const errors = new Tail();
		this.#ended = new Promise((resolve) => {
			this.#logger = new Child(
				{file: this.#program, args},
				this.#mortality,
				{stdin: 'pipe', stdout: 'ignore'},
				{
					onStderr: (chunk) => errors.push(chunk),
					onEnd: (end) => {
						this.#logger = undefined;
						this.#notBefore = this.#clock.now() + restartMs;
						resolve();
						if (end.exitCode !== 0) this.#onFailure(reasonOf(end, errors.toString()));
					},
				},
			);
		});
	}
}

function reasonOf({exitCode, signal, failure}: ProcessEnd, stderr: string): string {
	if (failure !== undefined) return failure.message;
	return stderr === '' ? `logger ended with ${signal ?? exitCode}` : stderr;
}
