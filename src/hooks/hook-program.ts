import type {CallOutcome, Consumer} from '../model/call.js';
import type {HookCall} from '../model/hook.js';
import {Child, type ProcessEnd} from '../process/child.js';
import {executableAt} from '../process/find-program.js';
import type {Mortality} from '../process/mortal.js';
import {Tail} from '../process/tail.js';
import {systemClock} from '../time/clock.js';
import {hookEnvironment} from './hook-environment.js';
import {LineSplitter} from './line-splitter.js';

export interface HookCommand {
	/** An absolute path. */
	readonly path: string;
	readonly args: readonly string[];
	/** It is killed with its process group when it takes longer. */
	readonly timeLimitMs: number;
	/** No program outlives netmon. */
	readonly mortality: Mortality;
}

/** Takes lines that a program writes, each with its newline. */
export interface HookOutput {
	stdout(line: string): void;
	stderr(line: string): void;
}

/** Runs a hook program, once for each call. */
export class HookProgram implements Consumer<HookCall> {
	readonly #command: HookCommand;
	readonly #output: HookOutput;
	#running: {readonly child: Child; readonly done: Promise<unknown>} | undefined;
	#closed = false;

	constructor(command: HookCommand, output: HookOutput) {
		this.#command = command;
		this.#output = output;
	}

	async tell({event, payload}: HookCall): Promise<CallOutcome> {
		if (this.#closed) return {ok: false, reason: 'netmon is ending', started: false};
		const {timeLimitMs} = this.#command;
		const {child, done, stderr} = this.#start(payload, hookEnvironment(event, process.env));
		this.#running = {child, done};
		let timedOut = false;
		const cancel = systemClock.after(timeLimitMs, () => {
			timedOut = true;
			child.kill();
		});
		const end = await done;
		cancel();
		this.#running = undefined;
		if (end.exitCode === 0 && !timedOut) return {ok: true};
		const reason = timedOut ? `no end within ${timeLimitMs} ms, killed` : this.#reasonOf(end);
		if (end.failure !== undefined) return {ok: false, reason, started: false};
		const said = stderr.toString();
		return said === '' ? {ok: false, reason} : {ok: false, reason, stderr: said};
	}

	async close(graceMs: number): Promise<void> {
		this.#closed = true;
		const running = this.#running;
		if (running === undefined) return;
		const cancel = systemClock.after(graceMs, () => running.child.kill());
		await running.done;
		cancel();
	}

	#start(payload: string, env: Readonly<Record<string, string>>) {
		const {path, args, mortality} = this.#command;
		const stderr = new Tail();
		const [out, err] = [new LineSplitter((line) => this.#output.stdout(line)), new LineSplitter((line) => this.#output.stderr(line))];
		let onEnd: (end: ProcessEnd) => void = () => undefined;
		const done = new Promise<ProcessEnd>((resolve) => {
			onEnd = resolve;
		});
		const child = new Child(
			{file: path, args},
			mortality,
			{stdin: 'pipe', stdout: 'pipe', env, leavesOthers: true, mayIgnoreInput: true},
			{
				onStdout: (chunk) => out.push(chunk),
				onStderr: (chunk) => {
					stderr.push(chunk);
					err.push(chunk);
				},
				onEnd: (end) => {
					out.end();
					err.end();
					onEnd(end);
				},
			},
		);
		// A program that does not read it closes the pipe: that is no failure of its own.
		child.write(`${payload}\n`);
		child.endInput();
		return {child, done, stderr};
	}

	#reasonOf({exitCode, signal, failure}: ProcessEnd): string {
		if (executableAt(this.#command.path) === undefined) return `${this.#command.path} is not an executable program`;
		if (signal !== undefined) return `ended by ${signal}`;
		if (exitCode !== undefined) return `exit code ${exitCode}`;
		return failure?.message ?? 'ended in an unknown way';
	}
}
