import {removeFile, writeAnew} from '../files/own-file.js';
import type {CallOutcome, Consumer, Operation, RuntimeCall} from '../model/call.js';
import {reasonOf} from '../model/errors.js';
import {callOutcome} from '../process/call-outcome.js';
import {systemClock} from '../time/clock.js';
import type {PreparedLauncher, RuntimeCommand, RuntimeProcess} from './prepared-launcher.js';
import {makeDirectory, type SandboxDirectory} from './sandbox.js';

/** Calls the container runtime: writes the payload's file, runs the process, waits for its end. */
export class RuntimeCaller implements Consumer<RuntimeCall> {
	readonly #launcher: PreparedLauncher;
	readonly #command: RuntimeCommand;
	readonly #directory: SandboxDirectory;
	readonly #timeLimitMs: number;
	readonly #makeDirectory: () => void;
	#running: RuntimeProcess | undefined;
	#closed = false;

	/** @param remake makes the directory again after somebody has removed it */
	constructor(
		launcher: PreparedLauncher,
		command: RuntimeCommand,
		directory: SandboxDirectory,
		timeLimitMs: number,
		remake = () => makeDirectory(directory),
	) {
		this.#launcher = launcher;
		this.#command = command;
		this.#directory = directory;
		this.#timeLimitMs = timeLimitMs;
		this.#makeDirectory = remake;
	}

	async tell({op, payload}: RuntimeCall): Promise<CallOutcome> {
		if (this.#closed) return {ok: false, reason: 'netmon is ending'};
		try {
			writeAnew(this.#directory.sharedFile, payload, this.#makeDirectory);
		} catch (error) {
			return {ok: false, reason: `cannot write ${this.#directory.sharedFile}: ${reasonOf(error)}`};
		}
		try {
			return await this.#run(op);
		} finally {
			removeQuietly(this.#directory.sharedFile);
		}
	}

	async close(graceMs: number): Promise<void> {
		this.#closed = true;
		const running = this.#running;
		if (running !== undefined) {
			const cancel = systemClock.after(graceMs, () => running.kill());
			await running.end;
			cancel();
		}
		this.#launcher.close();
	}

	async #run(op: Operation): Promise<CallOutcome> {
		const process = await this.#launcher.launch(op);
		if (this.#closed) process.kill();
		let timedOut = false;
		const cancel = systemClock.after(this.#timeLimitMs, () => {
			timedOut = true;
			process.kill();
		});
		this.#running = process;
		const end = await process.end;
		cancel();
		this.#running = undefined;
		return callOutcome(end, this.#command.path, process.stderrTail(), timedOut ? this.#timeLimitMs : undefined);
	}
}

/** The next call writes a new file. */
function removeQuietly(path: string): void {
	try {
		removeFile(path);
	} catch {
		// Removed with its directory, or the directory is read-only: the next write will report that.
	}
}
