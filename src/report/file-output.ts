import {closeSync, write} from 'node:fs';

/** What may wait for a disk that takes nothing; further lines are dropped and counted. */
const mostWaitingBytes = 8 * 1024 * 1024;
/** A full disk does not get room within milliseconds. */
const failedRetryMs = 1000;

export interface FileListener {
	/** Makes the line that says how many lines are missing before it. */
	dropped(count: number): string;
	/** Called each time that writing begins to fail (ENOSPC). The output keeps trying. */
	failed(error: unknown): void;
}

type Write = (fd: number, bytes: Buffer, done: (error: Error | null, written: number) => void) => void;

/** One write at a time, by another thread. */
const writeByThread: Write = (fd, bytes, done) => write(fd, bytes, done);

/**
 * Lines to a file whose disk may stall: write(2) to a file has no way to say "not now", and one to a frozen file system or to a server that
 * is gone does not return. So another thread writes, and nobody waits for it. The first line is handed to it at once, those that come
 * meanwhile when it is done: they are what SIGKILL costs.
 */
export class FileOutput {
	readonly #fd: number;
	readonly #listener: FileListener;
	readonly #write: Write;
	#waiting: string[] = [];
	/** What is being written, or could not be. */
	#batch: Buffer | undefined;
	#waitingBytes = 0;
	#dropped = 0;
	#writing = false;
	#state: 'open' | 'failing' | 'closed' = 'open';
	#retry: NodeJS.Timeout | undefined;
	#taken = 0;
	#awaiting: {readonly bytes: number; readonly call: () => void}[] = [];

	constructor(fd: number, listener: FileListener, writeBytes: Write = writeByThread) {
		this.#fd = fd;
		this.#listener = listener;
		this.#write = writeBytes;
	}

	/**
	 * @param line with its newline
	 * @returns whether it was taken; else it was dropped
	 */
	write(line: string): boolean {
		if (this.#state === 'closed') return true;
		if (this.#waitingBytes > mostWaitingBytes) {
			this.#dropped += 1;
			return false;
		}
		if (this.#dropped > 0) this.#add(this.#listener.dropped(this.#dropped));
		this.#dropped = 0;
		this.#add(line);
		if (this.#retry === undefined) this.#next();
		return true;
	}

	/** What has been taken, in bytes. */
	get taken(): number {
		return this.#taken;
	}

	/** Whether so much of it is in the file, or cannot be written. */
	#isWritten(bytes: number): boolean {
		return this.#taken - this.#waitingBytes >= bytes || this.#state !== 'open';
	}

	/** Calls once it is. */
	whenWritten(bytes: number, call: () => void): void {
		if (this.#isWritten(bytes)) call();
		else this.#awaiting.push({bytes, call});
	}

	/** Resolves when all is written, when it cannot be written, or after the limit. */
	flush(limitMs: number): Promise<void> {
		if (this.#isWritten(this.#taken)) return Promise.resolve();
		return new Promise((resolve) => {
			const timer = setTimeout(resolve, limitMs);
			const settle = () => {
				// What is added meanwhile is waited for too.
				if (!this.#isWritten(this.#taken)) return this.whenWritten(this.#taken, settle);
				clearTimeout(timer);
				resolve();
			};
			this.whenWritten(this.#taken, settle);
		});
	}

	/** Gives up what has not been written, and closes the file. */
	close(): void {
		if (this.#state === 'closed') return;
		clearTimeout(this.#retry);
		this.#state = 'closed';
		this.#waiting = [];
		this.#tell();
		// Its number must not become another file's while the other thread may still write.
		if (!this.#writing) closeSync(this.#fd);
	}

	#add(line: string): void {
		this.#waiting.push(line);
		const bytes = Buffer.byteLength(line);
		this.#taken += bytes;
		this.#waitingBytes += bytes;
	}

	#next(): void {
		this.#retry = undefined;
		if (this.#writing) return;
		if (this.#batch === undefined) {
			if (this.#waiting.length === 0) {
				if (this.#dropped === 0) return;
				this.#add(this.#listener.dropped(this.#dropped));
				this.#dropped = 0;
			}
			this.#batch = Buffer.from(this.#waiting.join(''));
			this.#waiting = [];
		}
		this.#writing = true;
		this.#write(this.#fd, this.#batch, (error, written) => this.#wrote(error, written));
	}

	#wrote(error: Error | null, written: number): void {
		this.#writing = false;
		if (this.#state === 'closed') {
			closeSync(this.#fd);
			return;
		}
		if (error !== null) {
			const before = this.#state;
			this.#state = 'failing';
			this.#tell();
			// Nobody waits for it: a flush has ended.
			this.#retry = setTimeout(() => this.#next(), failedRetryMs).unref();
			if (before === 'open') this.#listener.failed(error);
			return;
		}
		this.#state = 'open';
		this.#waitingBytes -= written;
		const rest = this.#batch?.subarray(written);
		this.#batch = rest === undefined || rest.length === 0 ? undefined : rest;
		this.#tell();
		this.#next();
	}

	#tell(): void {
		const due = this.#awaiting.filter(({bytes}) => this.#isWritten(bytes));
		this.#awaiting = this.#awaiting.filter((each) => !due.includes(each));
		for (const {call} of due) call();
	}
}
