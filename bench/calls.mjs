import {execFileSync} from 'node:child_process';
import {constants, copyFileSync, mkdtempSync, openSync} from 'node:fs';
import {Socket} from 'node:net';
import {join} from 'node:path';
import {waitFor} from './wait.mjs';

/**
 * One call of the runtime: when its first instruction ran and when it ended (ns), and what it was told.
 *
 * @typedef {{began: number, ended: number, op: string, routes: number, name: string}} Call
 */

/** A copy of the runtime of the measurements, and what it reports. */
export class CallLog {
	/** @type {Call[]} */
	calls = [];
	/** The folder of the runtime, and a place for what belongs to it. */
	folder;
	/** Path of the runtime. */
	runtime;
	#socket;
	#lastAt = 0;

	/** @param runtimeMs how long each call takes; undefined: it does not even read its payload */
	constructor({programs, scratch, runtimeMs}) {
		this.folder = mkdtempSync(join(scratch, 'monitor-'));
		this.runtime = join(this.folder, runtimeMs === undefined ? 'runtime' : `runtime-${runtimeMs}`);
		copyFileSync(programs.runtime, this.runtime);
		this.#listen(join(this.folder, 'calls'));
	}

	/** A FIFO held open both ways: nobody who writes to it ever waits for a reader. */
	#listen(fifo) {
		execFileSync('mkfifo', [fifo]);
		this.#socket = new Socket({fd: openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK), readable: true, writable: false});
		let rest = '';
		this.#socket.on('data', (chunk) => {
			const lines = (rest + chunk.toString('latin1')).split('\n');
			rest = lines.pop() ?? '';
			this.#lastAt = performance.now();
			for (const line of lines) {
				const [began, ended, op, routes, name] = line.split(' ');
				this.calls.push({began: Number(began), ended: Number(ended), op, routes: Number(routes), name});
			}
		});
	}

	/** Waits until nothing has been called for so long. */
	async quiet(ms) {
		const since = performance.now();
		await waitFor('quiet', () => performance.now() - Math.max(since, this.#lastAt) >= ms, 300_000, 5);
	}

	/** The first call of this operation that began after a moment (ns). */
	first(op, after, limitMs = 60_000) {
		return waitFor(`${op} of ${this.runtime}`, () => this.calls.find((call) => call.op === op && call.began > after), limitMs);
	}

	close() {
		this.#socket.destroy();
	}
}
