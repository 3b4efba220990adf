import {execa} from 'execa';
import type {Operation} from '../model/call.js';
import {killGroup, type ProcessEnd, type RuntimeCommand, type RuntimeLauncher, type RuntimeProcess, Tail} from './runtime-process.js';

/** Starts each call's process when it is due. */
export class DirectLauncher implements RuntimeLauncher {
	readonly #command: RuntimeCommand;

	constructor(command: RuntimeCommand) {
		this.#command = command;
	}

	launch(op: Operation): RuntimeProcess {
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
		return {
			end: new Promise<ProcessEnd>((resolve) => {
				// The exit counts, not the end of stderr, which a grandchild may hold open.
				child.once('exit', (code, signal) => {
					resolve({exitCode: code ?? undefined, signal: signal ?? undefined});
					setImmediate(() => child.stderr.destroy());
				});
				void child.then((result) => {
					if (result.exitCode === undefined && result.signal === undefined) {
						resolve({exitCode: undefined, signal: undefined, failure: result.shortMessage ?? 'could not be started'});
					}
				});
			}),
			stderrTail: () => tail.toString(),
			kill: () => killGroup(child.pid),
		};
	}

	close(): void {}
}
