import {Child, type ProcessEnd} from '../process/child.js';
import type {Mortality} from '../process/mortal.js';
import {Tail} from '../process/tail.js';
import {bytesOfText} from '../text/byte-text.js';
import {LineSplitter} from './line-splitter.js';

/** Takes the lines that a program writes, each with its newline. */
export interface HookOutput {
	stdout(line: string): void;
	stderr(line: string): void;
}

export interface HookCommand {
	/** An absolute path. */
	readonly path: string;
	readonly args: readonly string[];
	/** No program outlives netmon. */
	readonly mortality: Mortality;
}

/**
 * Reads names and values, one on each line, up to an empty line; the rest of the input is for the program. The shell reads a pipe byte by
 * byte, so it takes no more than its lines (read, POSIX.1-2017). All words of the program are arguments: nothing is quoted or expanded.
 */
const script = `while IFS= read -r netmon_name || exit 0; [ -n "$netmon_name" ]; do
IFS= read -r netmon_value || exit 0; export "$netmon_name=$netmon_value"
done
unset netmon_name netmon_value; exec "$@"`;

/** A shell that waits to become the program: starting a process takes longer than all else between an event and the program. */
export class HookShell {
	/** How the shell ended, or the program that it became. */
	readonly end: Promise<ProcessEnd>;
	readonly #child: Child;
	readonly #tail = new Tail();

	constructor({path, args, mortality}: HookCommand, env: Readonly<Record<string, string>>, output: HookOutput) {
		const [out, err] = [new LineSplitter((line) => output.stdout(line)), new LineSplitter((line) => output.stderr(line))];
		let onEnd: (end: ProcessEnd) => void = () => undefined;
		this.end = new Promise((resolve) => {
			onEnd = resolve;
		});
		this.#child = new Child(
			{file: '/bin/sh', args: ['-c', script, 'netmon', path, ...args]},
			mortality,
			{stdin: 'pipe', stdout: 'pipe', env, leavesOthers: true},
			{
				onStdout: (chunk) => out.push(chunk),
				onStderr: (chunk) => {
					this.#tail.push(chunk);
					err.push(chunk);
				},
				onEnd: (end) => {
					out.end();
					err.end();
					onEnd(end);
				},
			},
		);
	}

	get alive(): boolean {
		return !this.#child.ended && this.#child.pid !== undefined;
	}

	/** @param variables added to its environment. None has a newline, because no kernel name has one (dev_valid_name, net/core/dev.c) */
	become(variables: Readonly<Record<string, string>>, input: string): void {
		const lines = Object.entries(variables).flatMap(([name, value]) => [
			Buffer.from(`${name}\n`),
			bytesOfText(value.replaceAll('\n', ' ')),
			newline,
		]);
		this.#child.write(Buffer.concat([...lines, newline, Buffer.from(input)]));
		// A program that does not read its input closes the pipe. That is no failure.
		this.#child.endInput();
	}

	stderrTail(): string {
		return this.#tail.toString();
	}

	kill(): void {
		this.#child.kill();
	}

	/** Ends a shell that is not needed any more. */
	dismiss(): void {
		this.#child.close();
	}
}

const newline = Buffer.from('\n');
