import {exitCode, messageOf} from '../model/errors.js';
import type {Log} from '../model/log.js';

/** Why a watch ends. */
export type EndReason = 'signal' | 'hangup' | 'no reader' | 'no output' | 'namespace gone' | 'namespace replaced';

/** The end of a watch, asked for once by whatever comes first. */
export class Ending {
	readonly asked: Promise<void>;
	#reason: EndReason | undefined;
	#outputError: unknown;
	#resolve: () => void = () => undefined;

	constructor() {
		this.asked = new Promise((resolve) => {
			this.#resolve = resolve;
		});
	}

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
		this.#reason ??= reason;
		this.#resolve();
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
	process.on('unhandledRejection', (error) => log.error({reason: messageOf(error)}, 'unhandled rejection'));
}

/** Ends this process as SIGHUP does by itself: Node's own exit faults where its terminal is gone. */
export function hangUp(): Promise<never> {
	process.removeAllListeners('SIGHUP');
	process.kill(process.pid, 'SIGHUP');
	return new Promise(() => undefined);
}
