import {exitCode, messageOf} from '../model/errors.js';
import type {Log} from '../model/log.js';

/** Why a watch ends. */
export type EndReason = 'signal' | 'hangup' | 'no reader' | 'no output' | 'namespace gone' | 'namespace replaced';

/** The end of a watch: the first reason counts. */
export class Ending {
	readonly #listeners = new Set<() => void>();
	#reason: EndReason | undefined;
	#outputError: unknown;

	get reason(): EndReason | undefined {
		return this.#reason;
	}

	/** What stopped the output of an observer, where that is the reason. */
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
	 * Not a promise: each that waits for it would leave something behind, for as long as netmon runs.
	 *
	 * @param call called once, at once where the end has been asked for already
	 * @returns what forgets it
	 */
	onAsked(call: () => void): () => void {
		if (this.#reason === undefined) this.#listeners.add(call);
		else call();
		return () => this.#listeners.delete(call);
	}
}

/**
 * Signals that the original takes as fatal: it logs them and exits with 1 (pkg/signals/signals.go). Not those
 * of a fault (SIGSEGV, SIGBUS, SIGILL, SIGTRAP): after Node's handler the faulty instruction would be run again, for ever.
 */
const fatal = ['SIGABRT', 'SIGQUIT', 'SIGSTKFLT', 'SIGSYS'] as const;

/** As a shell reports a process that a signal has ended: 128 + its number. */
const secondSignalCode = {SIGINT: 130, SIGTERM: 143} as const;

/**
 * SIGTERM and SIGINT end the watch, a second one at once; SIGUSR1 shows what is inside. SIGHUP ends what shows its changes on
 * a terminal, for then the terminal is gone; all else goes on.
 */
export function listenForSignals(ending: Ending, log: Log, describe: () => object, onTerminal: boolean): void {
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
	process.on('SIGUSR1', () => log.error({signal: 'SIGUSR1', state: describe(), stack: new Error('SIGUSR1').stack}, 'state'));
	for (const signal of fatal) {
		process.on(signal, () => {
			log.error({signal}, 'received fatal signal');
			// Once the line is written.
			setImmediate(() => process.exit(exitCode.usage));
		});
	}
}

/** Longest wait for the log line of an internal error to be written. */
const lastWordsMs = 2000;

/**
 * An error that nobody expected ends netmon: what it would go on with may be wrong. Its children end with it, as with any other end of
 * netmon's (process/mortal.ts), and a call that runs counts as one whose end is not known at the next start.
 *
 * @param written resolves when what was logged has been written
 */
export function endAtInternalErrors(log: Log, written: () => Promise<unknown>): void {
	let ending = false;
	const end = (error: unknown) => {
		if (ending) return;
		ending = true;
		const stack = error instanceof Error ? error.stack : undefined;
		log.error({reason: messageOf(error), stack}, 'internal error, netmon ends');
		setTimeout(() => process.exit(exitCode.internal), lastWordsMs);
		written().finally(() => process.exit(exitCode.internal));
	};
	process.on('uncaughtException', end);
	process.on('unhandledRejection', end);
}

/** Ends this process as SIGHUP does by itself: Node's own exit faults where its terminal is gone. */
export function hangUp(): Promise<never> {
	process.removeAllListeners('SIGHUP');
	process.kill(process.pid, 'SIGHUP');
	return new Promise(() => undefined);
}
