import {spawn} from 'node:child_process';
import {join} from 'node:path';
import {CallLog} from './calls.mjs';
import {root} from './programs.mjs';
import {sleep} from './wait.mjs';

export const kataNetmon = [process.execPath, join(root, 'bin', 'kata-netmon.js')];
export const netmon = [process.execPath, join(root, 'bin', 'run.js')];

/** Those that are measured beside one another, each with kata-netmon's arguments. */
export function contestants(programs, against) {
	const list = [
		{name: 'kata-netmon', command: kataNetmon},
		{name: 'floor', command: [programs.floor]},
	];
	if (against !== undefined) list.push({name: 'against', command: against.split(' ').filter(Boolean)});
	return list;
}

const kataArguments = (runtime, sandbox) => ['-r', runtime, '-s', sandbox];

let serial = 0;

/** A monitor that runs in a namespace, with a runtime that reports each of its calls. */
export class Monitor {
	stderr = '';
	#child;
	#log;
	#namespace;

	/** @param argsOf its arguments, by runtime and sandbox; default: kata-netmon's */
	constructor(command, namespace, {programs, scratch, runtimeMs, args = [], env = {}, argsOf = kataArguments}) {
		serial += 1;
		this.#namespace = namespace;
		this.#log = new CallLog({programs, scratch, runtimeMs});
		const own = [...argsOf(this.#log.runtime, `bench${serial}`), ...args];
		const [file, rest] = namespace.command(command[0], [...command.slice(1), ...own]);
		this.startedAt = performance.now();
		// It must not outlive the bench, however that ends.
		this.#child = spawn('setpriv', ['--pdeathsig', 'KILL', file, ...rest], {
			stdio: ['ignore', 'ignore', 'pipe'],
			env: {...process.env, NETMON_STATE_DIR: this.#log.folder, ...env},
		});
		this.#child.stderr.on('data', (chunk) => {
			this.stderr = (this.stderr + chunk.toString('latin1')).slice(-100_000);
		});
	}

	get pid() {
		return this.#child.pid;
	}

	get log() {
		return this.#log;
	}

	/** Waits until a change leads to a call, which is to be ready in the eyes of anybody. */
	async ready(limitMs = 120_000) {
		const until = performance.now() + limitMs;
		for (let n = 0; this.#log.calls.length === 0; n += 1) {
			if (this.#child.exitCode !== null) throw new Error(`it ended with ${this.#child.exitCode}: ${this.stderr}`);
			if (performance.now() > until) throw new Error(`${this.#child.spawnargs.join(' ')} calls nobody: ${this.stderr}`);
			await this.#namespace.change(`${n % 2 === 0 ? 'add' : 'del'} 198.18.0.1 1`);
			const patience = performance.now() + 1000;
			while (this.#log.calls.length === 0 && performance.now() < patience) await sleep(5);
		}
		await this.#log.quiet(500);
	}

	async stop() {
		this.#log.close();
		if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
		const exited = new Promise((resolve) => this.#child.once('exit', resolve));
		this.#child.kill('SIGTERM');
		const timer = setTimeout(() => this.#child.kill('SIGKILL'), 15_000);
		await exited;
		clearTimeout(timer);
	}
}
