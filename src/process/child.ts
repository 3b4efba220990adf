import {type ChildProcess, spawn} from 'node:child_process';
import {getDefaultHighWaterMark, setDefaultHighWaterMark} from 'node:stream';
import {hasEnded} from './has-ended.js';
import {killGroup} from './kill-group.js';
import type {Command, Mortality} from './mortal.js';
import {SetprivDoubt} from './setpriv-doubt.js';
import {SpawnError} from './spawn-error.js';

/** How a process ended. */
export interface ProcessEnd {
	readonly exitCode: number | undefined;
	readonly signal: string | undefined;
	/** Set if it never ran. */
	readonly failure?: SpawnError;
}

export interface ChildOptions {
	readonly stdin: 'ignore' | 'pipe';
	/** A descriptor, or a pipe to netmon. */
	readonly stdout: 'ignore' | 'pipe' | number;
	/** Whether holdOutput() will be called. While output is held, it then stays in the kernel and is not read ahead. */
	readonly holdsOutput?: boolean;
	/** How long it may live after its stdout has ended or its stdin accepts no more, before that is reported. */
	readonly deafMs?: number;
	/** Undefined: netmon's own environment. */
	readonly env?: Readonly<Record<string, string>>;
	/**
	 * Processes that it leaves running may go on. They may write to its stdout and stderr, which are read and discarded after its end.
	 * Without this option, everything left in its process group is killed.
	 */
	readonly leavesOthers?: boolean;
}

export interface ChildHandlers {
	onStdout?(chunk: Buffer): void;
	onStderr?(chunk: Buffer): void;
	/** It lives, but its stdout has ended or its stdin accepts no more. */
	onDeaf?(reason: string): void;
	/** It has ended and its output has been read, or it could not be started. Called once, and never during the constructor. */
	onEnd(end: ProcessEnd): void;
}

/** A paused stream still reads up to its high-water mark, which is the default one of the moment when the stream is made. */
function spawnWithoutReadAhead(...[file, args, options]: Parameters<typeof spawn>): ChildProcess {
	const usual = getDefaultHighWaterMark(false);
	setDefaultHighWaterMark(false, 1);
	try {
		return spawn(file, args, options);
	} finally {
		setDefaultHighWaterMark(false, usual);
	}
}

/**
 * A process that lives long, or whose start must not wait until execa is loaded. A failed start never throws: it is reported as an end.
 * The process leads a process group, so that Ctrl-C on the terminal goes to netmon only, and so that it can be killed with its children.
 */
export class Child {
	readonly #command: Command;
	readonly #mortality: Mortality;
	readonly #options: ChildOptions;
	readonly #handlers: ChildHandlers;
	#process: ChildProcess | undefined;
	#ended = false;
	#doubt: SetprivDoubt;
	#inputEnded = false;

	constructor(command: Command, mortality: Mortality, options: ChildOptions, handlers: ChildHandlers) {
		this.#command = command;
		this.#mortality = mortality;
		this.#options = options;
		this.#handlers = handlers;
		this.#doubt = new SetprivDoubt(mortality);
		this.#start();
	}

	/** Undefined if it could not be started. */
	get pid(): number | undefined {
		return this.#process?.pid;
	}

	get ended(): boolean {
		return this.#ended;
	}

	/** Bytes that it has not read yet, beyond what the kernel keeps for it. */
	get unreadBytes(): number {
		return this.#process?.stdin?.writableLength ?? 0;
	}

	write(data: string | Buffer): void {
		this.#doubt.wrote(data);
		this.#process?.stdin?.write(data);
	}

	endInput(): void {
		this.#inputEnded = true;
		this.#process?.stdin?.end();
	}

	/** Kills it and its process group, and closes its pipes. Its end is not reported any more. */
	close(): void {
		this.#ended = true;
		this.kill();
		for (const stream of this.#process?.stdio ?? []) stream?.destroy();
	}

	/** Stops reading its stdout for this long: what it prints meanwhile comes in one piece. */
	holdOutput(ms: number): void {
		const {stdout} = this.#process ?? {};
		if (!stdout || stdout.isPaused()) return;
		stdout.pause();
		setTimeout(() => stdout.resume(), ms);
	}

	/** Kills it and its process group. */
	kill(): void {
		killGroup(this.pid);
	}

	/** Closes the stderr that processes it left running still hold. */
	closeStderr(): void {
		this.#process?.stderr?.destroy();
	}

	/** Whether a process that it left running still holds its stderr. */
	get stderrOpen(): boolean {
		return this.#process?.stderr?.destroyed === false && !this.#process.stderr.readableEnded;
	}

	/** Lets netmon end without waiting for it. */
	unref(): void {
		this.#process?.unref();
		this.#process?.stderr?.destroy();
	}

	#start(): void {
		const {stdin, stdout, env} = this.#options;
		const bySignal = this.#mortality.bySignal;
		const {file, args} = this.#mortality.command(this.#command, stdin === 'pipe');
		const held: 'pipe'[] = bySignal ? [] : ['pipe'];
		try {
			const options = {stdio: [stdin, stdout, 'pipe' as const, ...held], detached: true, ...(env === undefined ? {} : {env})};
			const child = this.#options.holdsOutput ? spawnWithoutReadAhead(file, args, options) : spawn(file, args, options);
			this.#process = child;
			this.#attach(child, file);
		} catch (error) {
			// Node throws unexpected errors (ENOMEM, ETXTBSY), and reports the others later (spawn, lib/internal/child_process.js).
			this.#process = undefined;
			setImmediate(() => this.#fail(new SpawnError(file, error)));
		}
	}

	#attach(child: ChildProcess, file: string): void {
		child.on('error', (error) => {
			if (this.#process !== child || child.pid !== undefined) return;
			this.#fail(new SpawnError(file, error));
		});
		// With EMFILE and ENFILE there are no streams at all.
		for (const stream of child.stdio ?? []) stream?.on('error', () => undefined);
		child.stdin?.on('error', (error) => this.#deaf(child, error.message));
		child.stdout?.on('data', (chunk: Buffer) => {
			this.#doubt.settle();
			if (!this.#ended) this.#handlers.onStdout?.(chunk);
		});
		child.stdout?.on('end', () => this.#deaf(child, 'closed its output'));
		child.stderr?.on('data', (chunk: Buffer) => this.#takeStderr(chunk));
		child.once('exit', (code, signal) => {
			child.stdout?.resume();
			// If another child ends too, the end may come before the pipes are read. Two turns of the event loop are enough to read them.
			setImmediate(() => setImmediate(() => this.#exit(child, {exitCode: code ?? undefined, signal: signal ?? undefined})));
		});
	}

	#takeStderr(chunk: Buffer): void {
		if (this.#ended || this.#doubt.holds(chunk)) return;
		this.#doubt.settle();
		this.#handlers.onStderr?.(chunk);
	}

	#deaf(child: ChildProcess, reason: string): void {
		setTimeout(() => {
			if (this.#ended || this.#process !== child) return;
			// On a busy machine Node may not have seen its end yet.
			if (child.pid === undefined || !hasEnded(child.pid)) this.#handlers.onDeaf?.(reason);
		}, this.#options.deafMs).unref();
	}

	#exit(child: ChildProcess, end: ProcessEnd): void {
		if (this.#process !== child) return;
		if (this.#ended) {
			this.#release(child);
			return;
		}
		if (this.#doubt.wasRefused(end.exitCode)) {
			this.#startAgain();
			return;
		}
		if (this.#doubt.complaint !== undefined) this.#handlers.onStderr?.(this.#doubt.complaint);
		this.#ended = true;
		this.#release(child);
		this.#handlers.onEnd(end);
	}

	#fail(error: SpawnError): void {
		if (this.#ended) return;
		if (this.#mortality.blameStart(error)) {
			this.#startAgain();
			return;
		}
		this.#ended = true;
		this.#handlers.onEnd({exitCode: undefined, signal: undefined, failure: error});
	}

	#startAgain(): void {
		const {written} = this.#doubt;
		this.#doubt = new SetprivDoubt(this.#mortality);
		this.#start();
		for (const data of written) this.#process?.stdin?.write(data);
		if (this.#inputEnded) this.#process?.stdin?.end();
	}

	#release(child: ChildProcess): void {
		const [stdin, stdout, stderr, ...held] = child.stdio ?? [];
		stdin?.destroy();
		if (!this.#options.leavesOthers) {
			killGroup(child.pid);
			stdout?.destroy();
			stderr?.destroy();
			for (const pipe of held) pipe?.destroy();
			return;
		}
		// Tell the watcher that all is well, so that it kills nothing.
		for (const pipe of held) if (pipe !== null && pipe !== undefined && 'end' in pipe) pipe.end('\n');
		for (const stream of [stdout, stderr]) if (stream && 'unref' in stream && typeof stream.unref === 'function') stream.unref();
	}
}
