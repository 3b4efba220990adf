import {type ChildProcess, spawn} from 'node:child_process';
import type {Operation} from '../model/call.js';
import {killGroup} from '../process/kill-group.js';
import {pipesRead} from '../process/pipes-read.js';
import {type ProcessEnd, type RuntimeCommand, type RuntimeLauncher, type RuntimeProcess, Tail} from './runtime-process.js';

/**
 * Starting a process from Node forks the whole of it: 1.3 ms at 57 MB, 3.8 ms at 520 MB, with the
 * loop blocked. So a shell waits that has nothing to do but to become the runtime: it reads the
 * operation and calls exec. All else are its arguments; nothing is ever quoted or expanded.
 */
const script = 'IFS= read -r op || exit 0; exec "$1" kata-network "$op" "$2" "$3" </dev/null';

/** Keeps one process waiting to become the next call's. */
export class PreparedLauncher implements RuntimeLauncher {
	readonly #command: RuntimeCommand;
	#waiting: WaitingShell | undefined;
	#closed = false;

	constructor(command: RuntimeCommand) {
		this.#command = command;
	}

	/** Makes a process wait; called when there is time. */
	prepare(): void {
		if (this.#closed || this.#waiting?.alive) return;
		this.#waiting = new WaitingShell(this.#command);
	}

	launch(op: Operation): RuntimeProcess {
		const shell = this.#waiting?.alive ? this.#waiting : new WaitingShell(this.#command);
		this.#waiting = undefined;
		const process = shell.become(op);
		// The next one is made while this one runs, and so on nobody's time.
		setTimeout(() => this.prepare(), 1).unref();
		return process;
	}

	close(): void {
		this.#closed = true;
		this.#waiting?.dismiss();
		this.#waiting = undefined;
	}
}

class WaitingShell {
	readonly #child: ChildProcess;
	readonly #tail = new Tail();
	readonly #end: Promise<ProcessEnd>;
	#ended = false;

	constructor({path, sandbox, sharedFile, setpriv}: RuntimeCommand) {
		const shell = ['/bin/sh', '-c', script, 'netmon', path, sandbox, sharedFile];
		const [file = '/bin/sh', ...args] = setpriv === undefined ? shell : [setpriv, '--pdeathsig', 'KILL', '--', ...shell];
		// Not execa: this is what takes execa's time off the way of a call. Detached: a process
		// group of its own, so that a call which hangs is killed with its children.
		this.#child = spawn(file, args, {stdio: ['pipe', 'ignore', 'pipe'], detached: true});
		this.#child.stderr?.on('data', (chunk: Buffer) => this.#tail.push(chunk));
		// A shell that is gone when it is told says so by its end.
		this.#child.stdin?.on('error', () => undefined);
		this.#end = new Promise((resolve) => {
			this.#child.once('error', (error) => resolve({exitCode: undefined, signal: undefined, failure: error.message}));
			// The exit counts, not the end of stderr, which a grandchild may hold open.
			this.#child.once('exit', (code, signal) => {
				this.#ended = true;
				// What is in the pipe already is read before it is let go.
				void pipesRead().then(() => {
					resolve({exitCode: code ?? undefined, signal: signal ?? undefined});
					this.#child.stderr?.destroy();
				});
			});
		});
	}

	get alive(): boolean {
		return !this.#ended && this.#child.pid !== undefined;
	}

	become(op: Operation): RuntimeProcess {
		this.#child.stdin?.end(`${op}\n`);
		return {end: this.#end, stderrTail: () => this.#tail.toString(), kill: () => killGroup(this.#child.pid)};
	}

	/** The end of its input ends it. */
	dismiss(): void {
		this.#child.stdin?.end();
		this.#child.stderr?.destroy();
		this.#child.unref();
	}
}
