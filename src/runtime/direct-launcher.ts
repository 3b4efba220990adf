import {once} from 'node:events';
import type {Operation} from '../model/call.js';
import {killGroup} from '../process/kill-group.js';
import {pipesRead} from '../process/pipes-read.js';
import {type ProcessEnd, type RuntimeCommand, type RuntimeLauncher, type RuntimeProcess, Tail} from './runtime-process.js';

/** Starts each call's process when it is due. */
export class DirectLauncher implements RuntimeLauncher {
	readonly #command: RuntimeCommand;

	constructor(command: RuntimeCommand) {
		this.#command = command;
	}

	async launch(op: Operation): Promise<RuntimeProcess> {
		// Loaded when needed: no start waits for it.
		const {execa} = await import('execa');
		const {path, sandbox, sharedFile, setpriv} = this.#command;
		const call = [path, 'kata-network', op, sandbox, sharedFile];
		const [file = path, ...args] = setpriv === undefined ? call : [setpriv, '--pdeathsig', 'KILL', '--', ...call];
		// Detached: a process group of its own, so that a call which hangs is killed with its children.
		const child = execa(file, args, {
			reject: false,
			stdin: 'ignore',
			stdout: 'ignore',
			stderr: 'pipe',
			buffer: false,
			detached: true,
			cleanup: false,
		});
		const tail = new Tail();
		child.stderr.on('data', (chunk: Buffer) => tail.push(chunk));
		// The exit counts, not the end of stderr, which a grandchild may hold open.
		const exit = once(child, 'exit').then(async ([code, signal]: (number | string | null)[]): Promise<ProcessEnd> => {
			// What is in the pipe already is read before it is let go.
			await pipesRead();
			child.stderr.destroy();
			return {exitCode: typeof code === 'number' ? code : undefined, signal: typeof signal === 'string' ? signal : undefined};
		});
		const failure = child.then(
			(result): ProcessEnd => ({exitCode: result.exitCode, signal: result.signal, failure: result.shortMessage ?? 'it ended'}),
		);
		return {end: Promise.race([exit.catch(() => failure), failure]), stderrTail: () => tail.toString(), kill: () => killGroup(child.pid)};
	}

	close(): void {}
}
