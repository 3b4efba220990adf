import {closeSync, constants, fstatSync, ftruncateSync, openSync, readSync} from 'node:fs';
import {isCode} from '../../model/errors.js';
import type {AnswerBuffer} from './answer-buffer.js';

/** A file system in memory that anybody may write to (tmpfs(5)). Without it, answers arrive through a pipe. */
const folder = '/dev/shm';

/** O_TMPFILE is __O_TMPFILE | O_DIRECTORY (uapi/asm-generic/fcntl.h), and Node has no name for the first. */
const unnamed = 0o20000000 | constants.O_DIRECTORY;

/**
 * Where an `ip` writes its answers. It writes each route by itself (fflush in print_route, ip/iproute.c), and by a pipe each
 * would wake this process: ten thousand routes then take twice the time that `ip` needs for them.
 */
export class AnswerFiles {
	#usable: boolean;

	constructor(usable = true) {
		this.#usable = usable;
	}

	/** A new one; undefined where none can be had. */
	open(): AnswerFile | undefined {
		if (!this.#usable) return undefined;
		try {
			// Appending: what is written after a truncation begins at the start again.
			return new AnswerFile(openSync(folder, unnamed | constants.O_RDWR | constants.O_APPEND, 0o600));
		} catch (error) {
			// Too many open files is a shortage that passes; anything else tells what the machine is like.
			if (!isCode(error, 'EMFILE') && !isCode(error, 'ENFILE')) this.giveUp();
			return undefined;
		}
	}

	/** From now on there are none: the last one did not take an answer (a full file system, say). */
	giveUp(): void {
		this.#usable = false;
	}
}

/** A file without a name, gone with its last descriptor. */
export class AnswerFile {
	readonly descriptor: number;
	#read = 0;

	constructor(descriptor: number) {
		this.descriptor = descriptor;
	}

	/** Reads what has been written since the last time. */
	readInto(buffer: AnswerBuffer): void {
		for (let left = fstatSync(this.descriptor).size - this.#read; left > 0; ) {
			const count = buffer.fill(left, (room) => readSync(this.descriptor, room, 0, room.length, this.#read));
			if (count === 0) return;
			this.#read += count;
			left -= count;
		}
	}

	/** Forgets what was written; for when nobody writes. */
	clear(): void {
		if (this.#read === 0) return;
		ftruncateSync(this.descriptor);
		this.#read = 0;
	}

	close(): void {
		closeSync(this.descriptor);
	}
}
