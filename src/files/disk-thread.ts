import type {MessagePort, Worker} from 'node:worker_threads';
import {type DiskEnd, type DiskStep, diskWork} from './disk-work.js';

/** The value of the last step that has one, or the error of the first that failed. */
export type DiskAnswer = {readonly value: number} | {readonly error: Error};

/** Does steps in order, one list after the other. */
export interface Disk {
	/** @param done called once: before this returns if the disk answers soon, else later */
	run(steps: readonly DiskStep[], done: (answer: DiskAnswer) => void): void;
}

/** Nobody notices a wait of this length. */
const soonMs = 2;
const refillMs = 10_000;
/** Longer than a disk under load takes. */
const stallMs = 5000;

/**
 * A thread that writes files. Calls to a file system have no time limit: if it is frozen, or its server is gone, they never return. So
 * another thread makes the calls, and this one waits for the answer, but only briefly. A healthy disk answers in some 30 µs, because it only
 * copies to the page cache. Then the bytes are in the file when `run` returns, and survive a SIGKILL. If the disk stalls, this thread goes
 * on, and gets the answer later.
 */
export class DiskThread implements Disk {
	readonly #answered = new Int32Array(new SharedArrayBuffer(4));
	readonly #waiting: ((answer: DiskAnswer) => void)[] = [];
	#port: MessagePort | undefined;
	readonly #mostWaitMs: number;
	#allowanceMs: number;
	#refilledAt = performance.now();
	readonly #onStall: (stalls: boolean) => void;
	#stall: NodeJS.Timeout | undefined;
	#said = false;

	/**
	 * Starts the thread, or throws.
	 *
	 * @param onStall called when the disk has not answered for five seconds, and when it does again
	 * @param mostWaitMs the longest wait in ten seconds, so that a stalled disk does not stall netmon
	 */
	constructor(onStall: (stalls: boolean) => void, mostWaitMs = 500) {
		this.#onStall = onStall;
		this.#mostWaitMs = mostWaitMs;
		this.#allowanceMs = mostWaitMs;
		this.#start();
		if (started.size === 0) process.once('exit', endThreads);
		started.add(this);
	}

	/** Whether the disk still has not answered, after one more wait. */
	get stalls(): boolean {
		while (this.#waiting.length > 0) if (!this.#wait()) return true;
		return false;
	}

	run(steps: readonly DiskStep[], done: (answer: DiskAnswer) => void): void {
		this.#waiting.push(done);
		try {
			(this.#port ?? this.#start()).postMessage(steps);
		} catch (error) {
			this.#giveUp(error);
			return;
		}
		// If an earlier answer is late, this one will be late too.
		if (this.#waiting.length === 1) this.#wait();
	}

	#start(): MessagePort {
		const {MessageChannel, Worker} = threads();
		const {port1, port2} = new MessageChannel();
		const code = `'use strict'; (${diskWork.toString()})(require('node:fs'), require('node:worker_threads').workerData);`;
		const worker: Worker = new Worker(code, {
			eval: true,
			workerData: {port: port2, answered: this.#answered},
			transferList: [port2],
			// Files are opened in one thread and closed in the other.
			trackUnmanagedFds: false,
			// It needs little memory, and never gives back what it has taken.
			resourceLimits: {maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1},
		});
		worker.once('error', (error) => this.#giveUp(error));
		worker.unref();
		port1.on('message', (end: DiskEnd) => this.#settle(end));
		// This comes last, because listening refs the port.
		port1.unref();
		this.#port = port1;
		return port1;
	}

	/** Returns whether an answer came. */
	#wait(): boolean {
		const {receiveMessageOnPort} = threads();
		const port = this.#port;
		const begun = performance.now();
		const until = begun + soonMs + this.#allowance(begun);
		let left = until - begun;
		while (port !== undefined && left > 0) {
			const seen = Atomics.load(this.#answered, 0);
			const received = receiveMessageOnPort(port);
			if (received !== undefined) {
				this.#allowanceMs -= Math.max(0, performance.now() - begun - soonMs);
				this.#settle(received.message);
				return true;
			}
			Atomics.wait(this.#answered, 0, seen, left);
			left = until - performance.now();
		}
		this.#allowanceMs = 0;
		this.#stall ??= setTimeout(() => this.#sayStall(true), stallMs).unref();
		return false;
	}

	#sayStall(stalls: boolean): void {
		if (this.#said === stalls) return;
		this.#said = stalls;
		this.#onStall(stalls);
	}

	#allowance(now: number): number {
		const refill = ((now - this.#refilledAt) / refillMs) * this.#mostWaitMs;
		this.#refilledAt = now;
		this.#allowanceMs = Math.min(this.#mostWaitMs, Math.max(0, this.#allowanceMs) + refill);
		return this.#allowanceMs;
	}

	#settle(end: DiskEnd): void {
		clearTimeout(this.#stall);
		this.#stall = undefined;
		this.#sayStall(false);
		this.#waiting.shift()?.('value' in end ? end : {error: Object.assign(new Error(end.message), end)});
	}

	/** The thread has ended. The next one is started when it is needed. */
	#giveUp(reason: unknown): void {
		this.#port = undefined;
		const error = reason instanceof Error ? reason : new Error(String(reason));
		for (const done of this.#waiting.splice(0)) done({error});
	}
}

const started = new Set<DiskThread>();

/** Node waits for its threads before it exits: for ever, if the disk never answers. SIGKILL ends it anyway. */
function endThreads(): void {
	if ([...started].some((thread) => thread.stalls)) process.kill(process.pid, 'SIGKILL');
}

/** Loaded on demand: most starts write no file. */
function threads(): typeof import('node:worker_threads') {
	return process.getBuiltinModule('node:worker_threads');
}
