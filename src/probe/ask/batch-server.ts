import {SnapshotError} from '../../model/errors.js';
import {Child} from '../../process/child.js';
import type {SpawnError} from '../../process/spawn-error.js';
import {bytesOfText, isWellFormed} from '../../text/byte-text.js';
import {monotonicMs} from '../../time/clock.js';
import {type IpProgram, ipCommand} from '../ip-program.js';
import {AnswerBuffer} from './answer-buffer.js';
import type {AnswerFile, AnswerFiles} from './answer-file.js';
import {type Answer, familyOptions, type QuestionFamily} from './ip-queries.js';

/**
 * A bogus command sent after each question. It fails at once (do_cmd, ip/ip.c) and prints `Command failed -:LINE`, which shows that all
 * messages for the question have arrived (docs/iproute2.md, "A batch as a query server").
 */
const sentinel = 'netmon-end-of-answer';

/** A child that has closed its stdin but lives longer than this is useless, even on a busy machine. */
const deathMs = 500;

/** An answer has grown beyond the limit for files (RLIMIT_FSIZE, setrlimit(2)). */
const tooLarge = 'SIGXFSZ';

/** Pause between two checks of the answer file when stderr says that the answer is complete. A filter behind `ip` may lag. */
const lagMs = 2;
/** An answer that is not in the file by then did not fit. */
const lagLimitMs = 1000;

interface BatchDeath {
	readonly reason: string;
	/** It ended with an exit code, not by a signal or one of netmon's limits. */
	readonly byItself: boolean;
	/** Why it could not be started. */
	readonly failure?: SpawnError;
}

/** The batch that should answer has ended. */
export class BatchEndedError extends SnapshotError {
	readonly byItself: boolean;
	/** Its answer grew beyond what a file may have: the next one uses none. */
	readonly ofFile: boolean;

	constructor(description: string, {reason, byItself, failure}: BatchDeath) {
		super(`${description}: ip -batch ended: ${reason}`, failure === undefined ? {} : {cause: failure});
		this.byItself = byItself;
		this.ofFile = reason === tooLarge;
	}
}

interface Pending {
	/** Reads the answer and settles the promise of the question. */
	readonly settle: (answer: Answer) => void;
	readonly reject: (error: SnapshotError) => void;
	readonly description: string;
	/** A question that takes longer is given up, and its process is killed. */
	readonly limitMs: number;
	failed: boolean;
	complete: boolean;
	stderr: string[];
}

/** One long-lived `ip -j -d -force -batch -`: a question is a line, an answer is a line. */
export class BatchServer {
	readonly #child: Child;
	readonly #pending: Pending[] = [];
	readonly #output = new AnswerBuffer();
	readonly #files: AnswerFiles;
	readonly #file: AnswerFile | undefined;
	#lagsSince: number | undefined;
	#lagTimer: NodeJS.Timeout | undefined;
	#stderr = '';
	#retiring = false;
	#death: BatchDeath | undefined;
	#timer: NodeJS.Timeout | undefined;

	constructor(program: IpProgram, family: QuestionFamily, files: AnswerFiles) {
		this.#files = files;
		this.#file = files.open();
		const args = ['-j', '-d', ...familyOptions[family], '-force', '-batch', '-'];
		const options = {stdin: 'pipe', stdout: this.#file?.descriptor ?? 'pipe', deafMs: deathMs, env: program.environment} as const;
		this.#child = new Child(ipCommand(program, args), program.mortality, options, {
			onStdout: (chunk) => this.#takeOutput(chunk),
			onStderr: (chunk) => this.#takeErrors(chunk.toString('latin1')),
			onDeaf: (reason) => this.#die({reason, byItself: false}),
			onEnd: ({exitCode, signal, failure}) => {
				if (signal === tooLarge) this.#files.giveUp();
				if (failure === undefined) this.#die({reason: signal ?? `exit code ${exitCode}`, byItself: signal === undefined});
				else this.#die({reason: failure.message, byItself: false, failure});
			},
		});
	}

	get alive(): boolean {
		return this.#death === undefined && !this.#retiring;
	}

	ask<Result>(words: readonly string[], description: string, read: (answer: Answer) => Result, limitMs: number): Promise<Result> {
		return new Promise((resolve, reject) => {
			if (this.#death !== undefined) {
				reject(new BatchEndedError(description, this.#death));
				return;
			}
			const settle = (answer: Answer) => {
				try {
					resolve(read(answer));
				} catch (error) {
					reject(error);
					// The rest of its output may belong to another answer: end this server, a new one starts clean.
					this.#die({reason: 'an answer could not be read', byItself: false});
				}
			};
			this.#pending.push({settle, reject, description, limitMs, failed: false, complete: false, stderr: []});
			const lines = `${words.map(quoted).join(' ')}\n${sentinel}\n`;
			// Node writes a string with less overhead than a buffer.
			this.#child.write(isWellFormed(lines) ? lines : bytesOfText(lines));
			this.#startTimer();
		});
	}

	/** Takes no more questions, and ends after the open ones are answered. */
	retire(): void {
		this.#retiring = true;
		if (this.#pending.length === 0) this.kill('retired');
	}

	kill(reason: string): void {
		this.#die({reason, byItself: false});
	}

	/** An answer is everything written since the previous one, so settle complete answers first. */
	#takeOutput(chunk: Buffer): void {
		this.#output.push(chunk);
		this.#settle();
	}

	#takeErrors(text: string): void {
		const lines = (this.#stderr + text).split('\n');
		this.#stderr = lines.pop() ?? '';
		for (const line of lines) this.#takeErrorLine(line);
		this.#settle();
	}

	#takeErrorLine(line: string): void {
		const open = this.#pending.find((pending) => !pending.complete);
		if (open === undefined) return;
		const failedLine = /^Command failed -:(\d+)$/.exec(line)?.[1];
		if (failedLine === undefined) {
			if (!line.includes(sentinel)) open.stderr.push(line);
			return;
		}
		// Questions have odd line numbers, sentinels even ones.
		if (Number(failedLine) % 2 === 1) open.failed = true;
		else open.complete = true;
	}

	#settle(): void {
		if (this.#pending[0]?.complete) this.#file?.readInto(this.#output);
		for (let first = this.#pending[0]; first?.complete; first = this.#pending[0]) {
			const {failed, stderr} = first;
			const end = failed ? 0 : this.#output.endOfLine;
			if (end === undefined) {
				this.#awaitFile();
				return;
			}
			this.#endLag();
			this.#pending.shift();
			this.#startTimer();
			first.settle({ok: !failed, stdout: this.#output.view(end), stderr: stderr.join('\n')});
			if (this.#death !== undefined) return;
			this.#output.drop(end);
		}
		if (this.#pending.length > 0) return;
		this.#file?.clear();
		if (this.#retiring) this.kill('retired');
	}

	/** No event reports that a file has grown: check it again for a while. */
	#awaitFile(): void {
		if (this.#file === undefined) return;
		this.#lagsSince ??= monotonicMs();
		if (monotonicMs() - this.#lagsSince > lagLimitMs) {
			this.#files.giveUp();
			this.#die({reason: 'an answer did not get into its file', byItself: false});
		} else this.#lagTimer ??= setTimeout(() => this.#lookAgain(), lagMs);
	}

	#lookAgain(): void {
		this.#lagTimer = undefined;
		this.#settle();
	}

	#endLag(): void {
		clearTimeout(this.#lagTimer);
		this.#lagTimer = undefined;
		this.#lagsSince = undefined;
	}

	#startTimer(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		const limitMs = this.#pending[0]?.limitMs;
		if (limitMs === undefined) return;
		this.#timer = setTimeout(() => this.#die({reason: `no answer within ${limitMs} ms`, byItself: false}), limitMs);
	}

	#die(death: BatchDeath): void {
		if (this.#death !== undefined) return;
		this.#death = death;
		clearTimeout(this.#timer);
		this.#endLag();
		this.#file?.close();
		this.#child.close();
		for (const {reject, description} of this.#pending.splice(0)) {
			reject(new BatchEndedError(description, death));
		}
	}
}

/** makeargs (lib/utils.c) splits at blanks outside quotes. */
function quoted(word: string): string {
	if (/^[\w./:-]+$/.test(word)) return word;
	return word.includes('"') ? `'${word}'` : `"${word}"`;
}

/** Whether a line of a batch can hold a word: makeargs knows no escapes, and getcmdline ends a line at `#`, quoted or not (lib/utils.c). */
export function fitsInLine(word: string): boolean {
	return !(word.includes('"') && word.includes("'")) && !/[#\n]/.test(word);
}
