import type {CallOutcome, Consumer} from '../model/call.js';
import type {HookCall} from '../model/hook.js';
import {callOutcome} from '../process/call-outcome.js';
import {systemClock} from '../time/clock.js';
import {eventEnvironment, inheritedEnvironment} from './hook-environment.js';
import {type HookCommand, type HookOutput, HookShell} from './hook-shell.js';

export interface HookProgramOptions {
	/** The time limit. After it, the program is killed with its process group. */
	readonly timeLimitMs: number;
	/** Whether a shell waits for the next call: one more process, for a third of the time until the program's first instruction. */
	readonly prepares: boolean;
}

/** Runs a hook program, once for each call. */
export class HookProgram implements Consumer<HookCall> {
	readonly #command: HookCommand;
	readonly #options: HookProgramOptions;
	readonly #output: HookOutput;
	readonly #environment = inheritedEnvironment(process.env);
	#prepared: HookShell | undefined;
	#running: HookShell | undefined;
	#closed = false;

	constructor(command: HookCommand, options: HookProgramOptions, output: HookOutput) {
		this.#command = command;
		this.#options = options;
		this.#output = output;
	}

	/** Starts a shell for the next call. Call it when there is time. */
	prepare(): void {
		if (this.#closed || !this.#options.prepares || this.#prepared?.alive) return;
		this.#prepared = this.#start();
	}

	async tell({event, payload}: HookCall): Promise<CallOutcome> {
		if (this.#closed) return {ok: false, reason: 'netmon is ending', started: false};
		const {timeLimitMs} = this.#options;
		const shell = this.#prepared?.alive ? this.#prepared : this.#start();
		this.#prepared = undefined;
		this.#running = shell;
		let timedOut = false;
		const cancel = systemClock.after(timeLimitMs, () => {
			timedOut = true;
			shell.kill();
		});
		shell.become(eventEnvironment(event), `${payload}\n`);
		const end = await shell.end;
		cancel();
		this.#running = undefined;
		setImmediate(() => this.prepare());
		return callOutcome(end, this.#command.path, shell.stderrTail(), timedOut ? timeLimitMs : undefined);
	}

	async close(graceMs: number): Promise<void> {
		this.#closed = true;
		this.#prepared?.dismiss();
		const running = this.#running;
		if (running === undefined) return;
		const cancel = systemClock.after(graceMs, () => running.kill());
		await running.end;
		cancel();
	}

	#start(): HookShell {
		return new HookShell(this.#command, this.#environment, this.#output);
	}
}
