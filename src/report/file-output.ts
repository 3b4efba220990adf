import type {Disk, DiskAnswer} from '../files/disk-thread.js';
import {Turn} from './turn.js';

/** The most bytes that may wait for a disk that takes nothing. Further lines are dropped and counted. */
const mostWaitingBytes = 8 * 1024 * 1024;
/** A full disk does not get room within milliseconds. */
const failedRetryMs = 1000;

export interface FileListener {
	/** Makes the line that says how many lines are missing before it. */
	dropped(count: number): string;
	/** Called each time that writing begins to fail (ENOSPC). The output keeps trying. */
	failed(error: unknown): void;
}

/**
 * Lines to a file. A line is in the file when `write` returns. Only in a storm, lines follow when the turn of the event loop ends. So a
 * SIGKILL loses nothing that anybody has seen. If the disk stalls or is full, lines wait, and netmon goes on.
 */
export class FileOutput {
	readonly #fd: number;
	readonly #listener: FileListener;
	readonly #disk: Disk;
	readonly #turn = new Turn(() => {
		if (this.#retry === undefined) this.#next();
	});
	#waiting: string[] = [];
	/** The lines that are being written, or that could not be written. */
	#batch: Buffer | undefined;
	#waitingBytes = 0;
	#dropped = 0;
	#writing = false;
	#state: 'open' | 'failing' | 'closed' = 'open';
	#retry: NodeJS.Timeout | undefined;
	#taken = 0;
	#awaiting: {readonly bytes: number; readonly call: () => void}[] = [];

	constructor(fd: number, listener: FileListener, disk: Disk) {
		this.#fd = fd;
		this.#listener = listener;
		this.#disk = disk;
	}

	/** Takes a line with its newline. Returns whether it was taken; else it was dropped. */
	write(line: string): boolean {
		if (this.#state === 'closed') return true;
		if (this.#waitingBytes > mostWaitingBytes) {
			this.#dropped += 1;
			return false;
		}
		if (this.#dropped > 0) this.#add(this.#listener.dropped(this.#dropped));
		this.#dropped = 0;
		this.#add(line);
		if (this.#retry === undefined && !this.#turn.gathers(this.#waitingBytes)) this.#next();
		return true;
	}

	/** How many bytes it has taken. */
	get taken(): number {
		return this.#taken;
	}

	/** Whether this many of the bytes taken are in the file, or cannot be written. */
	#isWritten(bytes: number): boolean {
		return this.#taken - this.#waitingBytes >= bytes || this.#state !== 'open';
	}

	/** Calls back once this many of the bytes taken are in the file, or cannot be written. */
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
				// Wait for what was added meanwhile, too.
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
		this.#callBack();
		// After the write that is running: until then, no other file may get this descriptor.
		this.#disk.run([{do: 'close', fd: this.#fd}], () => undefined);
	}

	#add(line: string): void {
		this.#waiting.push(line);
		const bytes = Buffer.byteLength(line);
		this.#taken += bytes;
		this.#waitingBytes += bytes;
	}

	#next(): void {
		this.#retry = undefined;
		if (this.#writing || this.#state === 'closed') return;
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
		this.#disk.run([{do: 'write', fd: this.#fd, bytes: this.#batch}], (answer) => this.#wrote(answer));
	}

	#wrote(answer: DiskAnswer): void {
		this.#writing = false;
		if (this.#state === 'closed') return;
		if ('error' in answer) {
			const before = this.#state;
			this.#state = 'failing';
			this.#callBack();
			// The retry alone does not keep the process alive: flush() has ended.
			this.#retry = setTimeout(() => this.#next(), failedRetryMs).unref();
			if (before === 'open') this.#listener.failed(answer.error);
			return;
		}
		this.#state = 'open';
		this.#waitingBytes -= answer.value;
		const rest = this.#batch?.subarray(answer.value);
		this.#batch = rest === undefined || rest.length === 0 ? undefined : rest;
		this.#callBack();
		this.#next();
	}

	#callBack(): void {
		const due = this.#awaiting.filter(({bytes}) => this.#isWritten(bytes));
		this.#awaiting = this.#awaiting.filter((each) => !due.includes(each));
		for (const {call} of due) call();
	}
}
