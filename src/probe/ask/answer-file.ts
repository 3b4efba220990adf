import {closeSync, constants, fstatSync, ftruncateSync, openSync, readSync} from 'node:fs';
import {isCode} from '../../model/errors.js';
import type {AnswerBuffer} from './answer-buffer.js';

/** A file system in memory that everybody may write to (tmpfs(5)). Without it, answers come through a pipe. */
const folder = '/dev/shm';

/** O_TMPFILE is __O_TMPFILE | O_DIRECTORY (uapi/asm-generic/fcntl.h). Node has no name for the first. */
const unnamed = 0o20000000 | constants.O_DIRECTORY;

/**
 * Files for the answers of `ip`. `ip` writes each route separately (fflush in print_route, ip/iproute.c). Through a pipe, each write
 * would wake this process, and ten thousand routes would take twice as long as `ip` needs for them.
 */
export class AnswerFiles {
	#usable: boolean;

	constructor(usable = true) {
		this.#usable = usable;
	}

	/** Opens a new file; undefined if that is not possible. */
	open(): AnswerFile | undefined {
		if (!this.#usable) return undefined;
		try {
			// O_APPEND, so that after a truncation `ip` writes from the start again.
			return new AnswerFile(openSync(folder, unnamed | constants.O_RDWR | constants.O_APPEND, 0o600));
		} catch (error) {
			// A shortage of descriptors passes; any other error is a property of the machine.
			if (!isCode(error, 'EMFILE') && !isCode(error, 'ENFILE')) this.giveUp();
			return undefined;
		}
	}

	/** Stops using files, because the last one did not take an answer (a full file system, for example). */
	giveUp(): void {
		this.#usable = false;
	}
}

/** A file without a name. It is gone when its last descriptor is closed. */
export class AnswerFile {
	readonly descriptor: number;
	#read = 0;

	constructor(descriptor: number) {
		this.descriptor = descriptor;
	}

	/** Reads what was written since the last call. */
	readInto(buffer: AnswerBuffer): void {
		for (let left = fstatSync(this.descriptor).size - this.#read; left > 0; ) {
			const count = buffer.fill(left, (room) => readSync(this.descriptor, room, 0, room.length, this.#read));
			if (count === 0) return;
			this.#read += count;
			left -= count;
		}
	}

	/** Empties the file. Only call it while nobody writes. */
	clear(): void {
		if (this.#read === 0) return;
		ftruncateSync(this.descriptor);
		this.#read = 0;
	}

	close(): void {
		closeSync(this.descriptor);
	}
}
