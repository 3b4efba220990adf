import {execFileSync, spawn} from 'node:child_process';
import {constants, copyFileSync, mkdtempSync, openSync} from 'node:fs';
import {Socket} from 'node:net';
import {join} from 'node:path';
import {root} from './programs.mjs';
import {sleep, waitFor} from './wait.mjs';

/** Those that are measured beside one another, each with kata-netmon's arguments. */
export function contestants(programs, against) {
	const list = [
		{name: 'kata-netmon', command: [process.execPath, join(root, 'bin', 'kata-netmon.js')]},
		{name: 'floor', command: [programs.floor]},
	];
	if (against !== undefined) list.push({name: 'against', command: against.split(' ').filter(Boolean)});
	return list;
}

/** One call of the runtime: when its first instruction ran and when it ended (ns), and what it was told. */
/** @typedef {{began: number, ended: number, op: string, routes: number, name: string}} Call */

let serial = 0;

/** A monitor that runs in a namespace, with a runtime that reports each of its calls. */
export class Monitor {
	/** @type {Call[]} */
	calls = [];
	stderr = '';
	#child;
	#calls;
	#namespace;
	#lastCallAt = 0;

	constructor({command}, namespace, {programs, scratch, runtimeMs, args = [], env = {}}) {
		serial += 1;
		this.#namespace = namespace;
		const folder = mkdtempSync(join(scratch, 'monitor-'));
		const runtime = join(folder, runtimeMs === undefined ? 'runtime' : `runtime-${runtimeMs}`);
		copyFileSync(programs.runtime, runtime);
		this.#listen(join(folder, 'calls'));
		const own = ['-r', runtime, '-s', `bench${serial}`, ...args];
		const [file, rest] = namespace.command(command[0], [...command.slice(1), ...own]);
		this.startedAt = performance.now();
		this.#child = spawn(file, rest, {
			stdio: ['ignore', 'ignore', 'pipe'],
			env: {...process.env, NETMON_STATE_DIR: folder, ...env},
		});
		this.#child.stderr.on('data', (chunk) => {
			this.stderr = (this.stderr + chunk.toString('latin1')).slice(-100_000);
		});
	}

	get pid() {
		return this.#child.pid;
	}

	get namespace() {
		return this.#namespace;
	}

	/** A FIFO held open both ways: nobody who writes to it ever waits for a reader. */
	#listen(fifo) {
		execFileSync('mkfifo', [fifo]);
		this.#calls = new Socket({fd: openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK), readable: true, writable: false});
		let rest = '';
		this.#calls.on('data', (chunk) => {
			const lines = (rest + chunk.toString('latin1')).split('\n');
			rest = lines.pop() ?? '';
			this.#lastCallAt = performance.now();
			for (const line of lines) {
				const [began, ended, op, routes, name] = line.split(' ');
				this.calls.push({began: Number(began), ended: Number(ended), op, routes: Number(routes), name});
			}
		});
	}

	/** Waits until a change leads to a call, which is to be ready in the eyes of anybody. */
	async ready(limitMs = 120_000) {
		const until = performance.now() + limitMs;
		const begun = this.calls.length;
		for (let n = 0; this.calls.length === begun; n += 1) {
			if (this.#child.exitCode !== null) throw new Error(`it ended with ${this.#child.exitCode}: ${this.stderr}`);
			if (performance.now() > until) throw new Error(`${this.#child.spawnargs.join(' ')} calls nobody: ${this.stderr}`);
			await this.#namespace.change(`${n % 2 === 0 ? 'add' : 'del'} 198.18.0.1 1`);
			const patience = performance.now() + 1000;
			while (this.calls.length === begun && performance.now() < patience) await sleep(5);
		}
		await this.quiet(500);
	}

	/** Waits until nothing has been called for so long. */
	async quiet(ms) {
		const since = performance.now();
		await waitFor('quiet', () => performance.now() - Math.max(since, this.#lastCallAt) >= ms, 120_000, 5);
	}

	/** The first call of this operation that began after a moment (ns). */
	firstCall(op, after, limitMs) {
		return waitFor(`${op} by ${this.#child.spawnargs.join(' ')}: ${this.stderr}`, () => this.calls.find((call) => call.op === op && call.began > after), limitMs);
	}

	async stop() {
		this.#calls.destroy();
		if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
		const exited = new Promise((resolve) => this.#child.once('exit', resolve));
		this.#child.kill('SIGTERM');
		const timer = setTimeout(() => this.#child.kill('SIGKILL'), 15_000);
		await exited;
		clearTimeout(timer);
	}
}
