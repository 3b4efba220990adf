import {Child, type ProcessEnd} from '../process/child.js';
import type {Command, Mortality} from '../process/mortal.js';
import {Tail} from '../process/tail.js';
import type {Repair} from './environment.js';

/** A command of five words whose third word comes later: PROGRAM, a word, the open word, two words. */
export type OpenCommand = readonly [program: string, first: string, afterFirst: string, last: string];

export interface CallShellOptions {
	readonly mortality: Mortality;
	readonly stdout: 'ignore' | 'pipe';
	readonly repair: Repair;
}

/**
 * A shell that waits to become a program. Starting a process from Node forks the whole of Node: 1.3 ms at 57 MB, 3.8 ms at 520 MB, and
 * the event loop is blocked. So the shell is started early. It reads the missing word from its stdin and calls exec.
 */
export class CallShell {
	/** How the shell ended, or the program that it became. */
	readonly end: Promise<ProcessEnd>;
	readonly #child: Child;
	readonly #command: OpenCommand;
	readonly #repair: Repair;
	/** The program `env`. It would take a path with `=` for a variable, so such a path is run without it. */
	readonly #env: string | undefined;
	readonly #tail = new Tail();
	readonly #stdout: Buffer[] = [];
	#started = false;

	constructor(command: OpenCommand, {mortality, stdout, repair}: CallShellOptions) {
		this.#command = command;
		this.#repair = repair;
		this.#env = command[0].includes('=') ? undefined : repair.env;
		let onEnd: (end: ProcessEnd) => void = () => undefined;
		this.end = new Promise((resolve) => {
			onEnd = resolve;
		});
		const shell = this.#env === undefined ? plainShell(command, repair) : repairingShell(this.#env, repair);
		this.#child = new Child(
			shell,
			mortality,
			{stdin: 'pipe', stdout, leavesOthers: true},
			{
				onStdout: (chunk) => this.#stdout.push(chunk),
				onStderr: (chunk) => this.#tail.push(chunk),
				onEnd,
			},
		);
	}

	get alive(): boolean {
		return !this.#child.ended && this.#child.pid !== undefined;
	}

	/** Whether a process that the program left running still holds its stderr. */
	get stderrOpen(): boolean {
		return this.#child.stderrOpen;
	}

	get stdout(): Buffer {
		return Buffer.concat(this.#stdout);
	}

	become(word: string): void {
		this.#started = true;
		this.#child.write(this.#env === undefined ? `${word}\n` : this.#allWords(word));
		this.#child.endInput();
	}

	#allWords(word: string): Buffer {
		const [program, first, afterFirst, last] = this.#command;
		const words = [program, first, word, afterFirst, last].map((text) => Buffer.from(text));
		return Buffer.concat([...this.#repair.lost, ...words].flatMap(asLines));
	}

	stderrTail(): string {
		return this.#tail.toString();
	}

	kill(): void {
		this.#child.kill();
	}

	closeStderr(): void {
		this.#child.closeStderr();
	}

	/** The shell ends when its input ends. */
	dismiss(): void {
		if (this.#started) return;
		this.#child.endInput();
		this.#child.unref();
	}
}

/** Nothing is quoted or expanded: all words are arguments. */
function plainShell(command: OpenCommand, {prefix, added}: Repair): Command {
	const unset = added.length === 0 ? '' : `unset ${added.join(' ')}; `;
	const script = `${unset}IFS= read -r ${prefix} || exit 0; exec "$1" "$2" "$${prefix}" "$3" "$4" </dev/null`;
	return {file: '/bin/sh', args: ['-c', script, 'netmon', ...command]};
}

/** The shell reads all words from stdin, where no other user sees them. Each line ends in `.`, or in `,` if the word continues. */
function repairingShell(env: string, {prefix, added}: Repair): Command {
	const [line, word, newline] = ['line', 'word', 'newline'].map((name) => `${prefix}${name}`);
	const unset = added.flatMap((name) => ['-u', name]);
	const script = `${newline}='
'
${word}=
while IFS= read -r ${line}; do case $${line} in
*.) set -- "$@" "$${word}\${${line}%.}"; ${word}= ;;
*) ${word}=$${word}\${${line}%,}$${newline} ;;
esac; done
[ $# -gt ${unset.length + 2} ] || exit 0
exec "$@" </dev/null`;
	return {file: '/bin/sh', args: ['-c', script, 'netmon', env, ...unset, '--']};
}

function asLines(word: Buffer): Buffer[] {
	return [Buffer.from(word.toString('latin1').replaceAll('\n', ',\n'), 'latin1'), Buffer.from('.\n')];
}
