import {SnapshotError} from '../../model/errors.js';
import {Child} from '../../process/child.js';
import type {SpawnError} from '../../process/spawn-error.js';
import {bytesOfText, isWellFormed} from '../../text/byte-text.js';
import {type IpProgram, ipCommand} from '../ip-program.js';
import {AnswerBuffer} from './answer-buffer.js';
import type {AnswerFile, AnswerFiles} from './answer-file.js';
import {type Answer, familyOption, type QuestionFamily} from './ip-queries.js';

/**
 * Asked after each question. It fails at once (do_cmd, ip/ip.c), and the `Command failed -:LINE`
 * that this prints tells that all of the question's messages are in (docs/iproute2.md, "A batch as a query server").
 */
const sentinel = 'netmon-end-of-answer';

/** One that does not read its input is dead within this time, busy as the machine may be, or it lives and is of no use. */
const deathMs = 500;

/** Between two looks into the file for an answer that is over by what stderr says; a filter behind `ip` may lag. */
const lagMs = 2;
/** An answer that is not in the file by then does not fit into it. */
const lagLimitMs = 1000;

interface BatchDeath {
	readonly reason: string;
	/** By an exit code: no signal, nor a limit of netmon's own. */
	readonly byItself: boolean;
	/** Why it never ran. */
	readonly failure?: SpawnError;
}

/** There is no batch any more to answer the question. */
export class BatchEndedError extends SnapshotError {
	readonly byItself: boolean;

	constructor(description: string, {reason, byItself, failure}: BatchDeath) {
		super(`${description}: ip -batch ended: ${reason}`, failure === undefined ? {} : {cause: failure});
		this.byItself = byItself;
	}
}

interface Pending {
	/** Reads the answer, and resolves or rejects with what comes of it. */
	readonly settle: (answer: Answer) => void;
	readonly reject: (error: SnapshotError) => void;
	readonly description: string;
	/** A question that takes longer is given up, and the process with it. */
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
		const args = ['-j', '-d', ...familyOption(family), '-force', '-batch', '-'];
		const options = {stdin: 'pipe', stdout: this.#file?.descriptor ?? 'pipe', deafMs: deathMs, env: program.environment} as const;
		this.#child = new Child(ipCommand(program, args), program.mortality, options, {
			onStdout: (chunk) => this.#takeOutput(chunk),
			onStderr: (chunk) => this.#takeErrors(chunk.toString('latin1')),
			onDeaf: (reason) => this.#die({reason, byItself: false}),
			onEnd: ({exitCode, signal, failure}) => {
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
					// What it has said may be the end of another answer: a new one starts with nothing said.
					this.#die({reason: 'an answer could not be read', byItself: false});
				}
			};
			this.#pending.push({settle, reject, description, limitMs, failed: false, complete: false, stderr: []});
			const lines = `${words.map(quoted).join(' ')}\n${sentinel}\n`;
			// Node writes a string with less ado than a buffer.
			this.#child.write(isWellFormed(lines) ? lines : bytesOfText(lines));
			this.#startTimer();
		});
	}

	/** Takes no more questions, and ends when the open ones are answered. */
	retire(): void {
		this.#retiring = true;
		if (this.#pending.length === 0) this.kill('retired');
	}

	kill(reason: string): void {
		this.#die({reason, byItself: false});
	}

	/** An answer is all that has been written since the one before: what has come must be settled first. */
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

	/** No event tells that a file has grown: it is looked into again, for a while. */
	#awaitFile(): void {
		if (this.#file === undefined) return;
		this.#lagsSince ??= performance.now();
		if (performance.now() - this.#lagsSince > lagLimitMs) {
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

/**
 * Whether a word can be said on a line of a batch: makeargs knows both quotes and no escapes, and
 * getcmdline (lib/utils.c) ends a line at `#`, quoted or not.
 */
export function canSay(word: string): boolean {
	return !(word.includes('"') && word.includes("'")) && !/[#\n]/.test(word);
}
