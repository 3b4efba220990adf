import {exitCode, faultFields} from '../model/errors.js';
import type {Log} from '../model/log.js';

/** Why a watch ends. */
export type EndReason = 'signal' | 'hangup' | 'no reader' | 'no output';

/** The end of a watch. The first reason counts. */
export class Ending {
	readonly #listeners = new Set<() => void>();
	#reason: EndReason | undefined;
	#outputError: unknown;

	get reason(): EndReason | undefined {
		return this.#reason;
	}

	/** The error of an observer's output, if that is the reason. */
	get outputError(): unknown {
		return this.#reason === 'no output' ? this.#outputError : undefined;
	}

	askForOutput(error: unknown): void {
		this.#outputError = error;
		this.ask('no output');
	}

	ask(reason: EndReason): void {
		if (this.#reason !== undefined) return;
		this.#reason = reason;
		for (const call of [...this.#listeners]) call();
	}

	/**
	 * No promise, because each listener on a promise would leak memory as long as netmon runs.
	 *
	 * @param call called once, or at once if the end has already been requested
	 * @returns a function that removes the listener
	 */
	onAsked(call: () => void): () => void {
		if (this.#reason === undefined) this.#listeners.add(call);
		else call();
		return () => this.#listeners.delete(call);
	}
}

/**
 * Signals that the original takes as fatal: it logs them and exits with 1 (pkg/signals/signals.go). Not the signals of a fault (SIGSEGV,
 * SIGBUS, SIGILL, SIGTRAP): after Node's handler, the faulty instruction would run again and again.
 */
const fatal = ['SIGABRT', 'SIGQUIT', 'SIGSTKFLT', 'SIGSYS'] as const;

/** The exit code that a shell reports for a process ended by a signal: 128 + its number. */
const secondSignalCode = {SIGINT: 130, SIGTERM: 143} as const;

/** A log that also takes a line that somebody asked for, and writes it at any `--log-level`. */
interface AnsweringLog extends Log {
	answer(fields: object, message: string): void;
}

/**
 * SIGTERM and SIGINT end the watch, a second one at once. SIGUSR1 logs the state. SIGHUP ends a watch that prints its changes on a
 * terminal, because the terminal is then gone; any other watch goes on.
 */
export function listenForSignals(ending: Ending, log: AnsweringLog, describe: () => object, onTerminal: boolean): void {
	for (const signal of ['SIGTERM', 'SIGINT'] as const) {
		process.on(signal, () => {
			if (ending.reason === 'signal') process.exit(secondSignalCode[signal]);
			log.info({signal}, 'ending');
			ending.ask('signal');
		});
	}
	process.on('SIGHUP', () => {
		if (onTerminal) ending.ask('hangup');
		else log.info({signal: 'SIGHUP'}, 'goes on');
	});
	process.on('SIGUSR1', () => log.answer({signal: 'SIGUSR1', state: describe(), stack: new Error('SIGUSR1').stack}, 'state'));
	for (const signal of fatal) {
		process.on(signal, () => {
			log.error({signal}, 'received fatal signal');
			// After the line has been written.
			setImmediate(() => process.exit(exitCode.usage));
		});
	}
}

/** The longest wait for the log line of an internal error. */
const lastWordsMs = 2000;

/**
 * An unexpected error ends netmon, because its state may be wrong. Its children end with it, as at any other end of netmon
 * (process/mortal.ts), and the next start treats a running call as one with an unknown outcome.
 *
 * @param written resolves when everything logged has been written
 */
export function endAtInternalErrors(log: Log, written: () => Promise<unknown>): void {
	let ending = false;
	const end = (error: unknown) => {
		if (ending) return;
		ending = true;
		log.error(faultFields(error), 'internal error, netmon ends');
		setTimeout(() => process.exit(exitCode.internal), lastWordsMs);
		written().finally(() => process.exit(exitCode.internal));
	};
	process.on('uncaughtException', end);
	process.on('unhandledRejection', end);
}

/** Ends this process by SIGHUP: Node's own exit fails if its terminal is gone. */
export function hangUp(): Promise<never> {
	process.removeAllListeners('SIGHUP');
	process.kill(process.pid, 'SIGHUP');
	return new Promise(() => undefined);
}
