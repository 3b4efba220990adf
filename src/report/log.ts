import type {Logger, pino} from 'pino';
import type {Log, LogLevel} from '../model/log.js';
import {visibleText} from '../text/byte-text.js';
import {priority} from './journal-stream.js';
import {localTime} from './lines.js';

/** Takes lines of the log, each with its newline. */
export interface LogOutput {
	/** @param priority of syslog(3) */
	write(line: string, priority: number): void;
}

interface LogOptions {
	readonly level: LogLevel;
	readonly format: 'json' | 'human';
	readonly output: LogOutput;
	/** In every line. */
	readonly fields: object;
}

/** Order of the levels. The original has "panic" beside "fatal"; pino has only "fatal". */
const severity = {trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60, panic: 60} as const;

type Level = keyof Log;

interface Line {
	readonly level: Level;
	readonly fields: object;
	readonly message: string;
	/** Written at any `--log-level`. */
	readonly asked?: boolean;
}

/**
 * The one logger, made at the edge and passed on. It writes JSON lines with a constant message and facts in fields; with `human`,
 * readable lines. pino writes them. It is loaded for the first line, or on request, because loading it takes as long as everything else
 * before the subscription.
 */
export class DaemonLog implements Log {
	readonly #options: LogOptions;
	#pino: Promise<void> | undefined;
	#logger: Logger | undefined;
	#waiting: Line[] = [];

	constructor(options: LogOptions) {
		this.#options = options;
	}

	debug(fields: object, message: string): void {
		this.#write({level: 'debug', fields, message});
	}

	info(fields: object, message: string): void {
		this.#write({level: 'info', fields, message});
	}

	warn(fields: object, message: string): void {
		this.#write({level: 'warn', fields, message});
	}

	error(fields: object, message: string): void {
		this.#write({level: 'error', fields, message});
	}

	/** Writes a line of level info at any `--log-level`, because somebody has asked for it. */
	answer(fields: object, message: string): void {
		this.#write({level: 'info', fields, message, asked: true});
	}

	/** Whether lines of this level are written. If not, their content need not be computed. */
	says(level: Level): boolean {
		return severity[level] >= severity[this.#options.level];
	}

	/** Resolves when what has been logged so far has been handed to the output. */
	load(): Promise<void> {
		this.#pino ??= import('pino').then(
			(module) => this.#begin(module.pino),
			() => {
				// No descriptor is free to read it: what was logged waits for the next line.
				this.#pino = undefined;
			},
		);
		return this.#pino;
	}

	#write(line: Line): void {
		if (!line.asked && !this.says(line.level)) return;
		if (this.#logger !== undefined) {
			writeLine(this.#logger, line);
			return;
		}
		this.#waiting.push(line);
		void this.load();
	}

	#begin(makePino: typeof pino): void {
		const {level, format, output, fields} = this.#options;
		const destination = {
			// With this, pino sets lastLevel before each line (its `needsMetadataGsym`).
			[Symbol.for('pino.metadata')]: true,
			lastLevel: 0,
			write(line: string) {
				output.write(format === 'human' ? humanLine(line) : line, priorityOf(this.lastLevel));
			},
		};
		const logger = makePino(
			{
				level: level === 'panic' ? 'fatal' : level,
				base: {name: 'netmon', pid: process.pid, ...fields},
				timestamp: makePino.stdTimeFunctions.isoTime,
				formatters: {level: (label) => ({level: label})},
			},
			destination,
		);
		this.#logger = logger;
		for (const line of this.#waiting) writeLine(logger, line);
		this.#waiting = [];
	}
}

function writeLine(logger: Logger, {level, fields, message, asked = false}: Line): void {
	const speaker = asked ? logger.child({}, {level}) : logger;
	speaker[level](fields, message);
}

/** Makes the line that says how many lines are missing before it. It has the form of the log, so that the same reader can read it. */
export function droppedLines({format, fields}: Pick<LogOptions, 'format' | 'fields'>): (count: number) => string {
	return (count) => {
		const json = JSON.stringify({
			...{level: 'warn', time: new Date().toISOString(), name: 'netmon', pid: process.pid, ...fields},
			...{count, msg: 'log lines were dropped, their reader did not keep up'},
		});
		return format === 'human' ? humanLine(json) : `${json}\n`;
	};
}

function priorityOf(level: number): number {
	if (level >= severity.error) return priority.error;
	if (level >= severity.warn) return priority.warning;
	return level >= severity.info ? priority.info : priority.debug;
}

function humanLine(json: string): string {
	const {level, time, msg, name: _name, pid: _pid, sandbox: _sandbox, ...facts}: Record<string, unknown> = JSON.parse(json);
	const clock = typeof time === 'string' ? localTime(new Date(time)).time : '';
	const shown = Object.entries(facts).map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
	return `${visibleText(`${clock} ${level}: ${msg}${shown.length > 0 ? '  ' : ''}${shown.join(' ')}`)}\n`;
}
