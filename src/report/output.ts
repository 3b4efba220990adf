import {closeSync, writeSync} from 'node:fs';
import {isCode} from '../model/errors.js';
import type {Descriptor} from './descriptor.js';
import {Turn} from './turn.js';

/** The most bytes that may wait for a reader that does not read. Further lines are dropped and counted. */
const mostWaitingBytes = 8 * 1024 * 1024;
/** If this much is waiting, the reader is slower than the lines. */
const muchWaitingBytes = 1024 * 1024;
/** Waiting lines are written together: a system call for each would take longer than the writing. */
const mostLinesAtOnce = 256;
/** After EAGAIN. A pipe's reader may read again at once, a terminal may be stopped for hours. */
const firstRetryMs = 1;
const lastRetryMs = 100;
/** Retry after any other error: a full disk does not get room within milliseconds. */
const failedRetryMs = 1000;

export interface OutputListener {
	/** Makes the line that says how many lines are missing before it. */
	dropped(count: number): string;
	/** Called once, when nobody can ever read the output (EPIPE). */
	gone?(): void;
	/** Called each time that writing starts to fail (ENOSPC). The output keeps trying. */
	failed?(error: unknown): void;
}

/**
 * Lines to a terminal, pipe, socket or file. Its reader may stall or go away, and its disk may be full: neither stops netmon, nor fills
 * its memory. A line is written whole or not at all: if a full disk cuts it off, the rest follows when there is room.
 */
export class Output {
	readonly #descriptor: Descriptor;
	readonly #listener: OutputListener;
	#waiting: string[] = [];
	/** What is left of lines that were written in part; it precedes those that wait. */
	#rest: Buffer | undefined;
	#waitingBytes = 0;
	readonly #turn = new Turn(() => {
		if (this.#retry === undefined && this.#state === 'open') this.#drain();
	});
	#dropped = 0;
	#state: 'open' | 'failing' | 'gone' | 'closed' = 'open';
	#retryMs = firstRetryMs;
	#retry: NodeJS.Timeout | undefined;
	#flushed: (() => void)[] = [];

	constructor(descriptor: Descriptor, listener: OutputListener) {
		this.#descriptor = descriptor;
		this.#listener = listener;
	}

	/** Takes a line with its newline. Returns whether it was taken; else it was dropped. */
	write(line: string): boolean {
		if (this.#state === 'gone' || this.#state === 'closed') return true;
		if (this.#waitingBytes > mostWaitingBytes) {
			this.#dropped += 1;
			return false;
		}
		this.#sayDropped();
		this.#add(line);
		if (this.#retry === undefined && !this.#turn.gathers(this.#waitingBytes)) this.#drain();
		return true;
	}

	/** Whether the reader does not keep up. */
	get behind(): boolean {
		return this.#waitingBytes > muchWaitingBytes;
	}

	/** Resolves when everything is written, when it cannot be written, or after the limit. */
	flush(limitMs?: number): Promise<void> {
		if (this.#waitingBytes === 0 || this.#state !== 'open') return Promise.resolve();
		return new Promise((resolve) => {
			const timer = limitMs === undefined ? undefined : setTimeout(resolve, limitMs);
			this.#flushed.push(() => {
				clearTimeout(timer);
				resolve();
			});
		});
	}

	/** Drops everything that has not been written, and closes the file. */
	close(): void {
		if (this.#state === 'closed') return;
		if (this.#retry === undefined) this.#drain();
		clearTimeout(this.#retry);
		this.#state = 'closed';
		this.#waiting = [];
		this.#rest = undefined;
		this.#waitingBytes = 0;
		this.#settleFlushes();
		closeSync(this.#descriptor.fd);
	}

	#add(line: string): void {
		this.#waiting.push(line);
		this.#waitingBytes += Buffer.byteLength(line);
	}

	#sayDropped(): void {
		if (this.#dropped === 0) return;
		const count = this.#dropped;
		this.#dropped = 0;
		this.#add(this.#listener.dropped(count));
	}

	#drain(): void {
		this.#retry = undefined;
		try {
			while (this.#waitingBytes > 0) {
				this.#writeSome();
				if (this.#waitingBytes === 0) this.#sayDropped();
			}
		} catch (error) {
			this.#setBack(error);
			return;
		}
		this.#state = 'open';
		this.#settleFlushes();
	}

	#writeSome(): void {
		const batch = this.#rest ?? Buffer.from(this.#waiting.splice(0, mostLinesAtOnce).join(''));
		let written = 0;
		try {
			written = writeSync(this.#descriptor.fd, batch);
			this.#retryMs = firstRetryMs;
		} finally {
			this.#waitingBytes -= written;
			this.#rest = written < batch.length ? batch.subarray(written) : undefined;
		}
	}

	#setBack(error: unknown): void {
		if (isCode(error, 'EAGAIN')) {
			this.#retry = setTimeout(() => this.#drain(), this.#retryMs);
			this.#retryMs = Math.min(this.#retryMs * 2, lastRetryMs);
			return;
		}
		const before = this.#state;
		this.#state = this.#isGone(error) ? 'gone' : 'failing';
		this.#settleFlushes();
		if (this.#state === 'failing') {
			// The retry alone does not keep the process alive: flush() has ended.
			this.#retry = setTimeout(() => this.#drain(), failedRetryMs).unref();
			if (before !== 'failing') this.#listener.failed?.(error);
			return;
		}
		this.#waiting = [];
		this.#rest = undefined;
		this.#waitingBytes = 0;
		this.#listener.gone?.();
	}

	/** A terminal that was hung up returns EIO. */
	#isGone(error: unknown): boolean {
		return isCode(error, 'EPIPE') || isCode(error, 'ECONNRESET') || (this.#descriptor.kind === 'terminal' && isCode(error, 'EIO'));
	}

	#settleFlushes(): void {
		for (const flushed of this.#flushed.splice(0)) flushed();
	}
}
