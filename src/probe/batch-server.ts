import {type ChildProcess, spawn} from 'node:child_process';
import {SnapshotError} from '../errors.js';
import type {Family} from '../model/link.js';
import {killGroup} from '../process/kill-group.js';
import {bytesOfText} from '../text/byte-text.js';
import {type IpProgram, mortalCommand, mortalOptions} from './ip-program.js';
import type {Answer} from './ip-queries.js';

/** A question that takes longer is given up, and the process with it. */
const timeLimitMs = 15_000;

/**
 * Asked after each question. It fails at once (do_cmd, ip/ip.c), and the `Command failed -:LINE`
 * that this prints tells that all of the question's messages are in (IPROUTE2.md, section 3).
 */
const sentinel = 'netmon-end-of-answer';

/** By how much an answer may grow beyond the longest before without being copied once more. */
const spareBytes = 64 * 1024;

interface Pending {
	readonly resolve: (answer: Answer) => void;
	readonly reject: (error: SnapshotError) => void;
	readonly description: string;
	failed: boolean;
	complete: boolean;
	stderr: string[];
}

/** One long-lived `ip -j -d -force -batch -`: a question is a line, an answer is a line. */
export class BatchServer {
	readonly #child: ChildProcess;
	readonly #pending: Pending[] = [];
	readonly #answers: Buffer[] = [];
	/** The begin of an answer whose end has not come: its bytes, and how many of the buffer's are used. */
	#partial = Buffer.alloc(0);
	#partialLength = 0;
	#longestAnswer = 0;
	#stderr = '';
	#retiring = false;
	#death: string | undefined;
	#timer: NodeJS.Timeout | undefined;

	constructor(program: IpProgram, family: Family) {
		const args = ['-j', '-d', ...(family === 'inet6' ? ['-6'] : []), '-force', '-batch', '-'];
		const {file, args: rest} = mortalCommand(program, args, true);
		// Not execa: a stream of questions and answers, nothing to collect (and cheap to start).
		this.#child = spawn(file, rest, mortalOptions(program, 'pipe'));
		this.#child.stdout?.on('data', (chunk: Buffer) => this.#takeOutput(chunk));
		this.#child.stderr?.on('data', (chunk: Buffer) => this.#takeErrors(chunk.toString('latin1')));
		this.#child.stdin?.on('error', (error) => this.#die(error.message));
		this.#child.on('error', (error) => this.#die(error.message));
		this.#child.on('close', (code, signal) => this.#die(signal ?? `exit code ${code}`));
	}

	get alive(): boolean {
		return this.#death === undefined && !this.#retiring;
	}

	ask(words: readonly string[], description: string): Promise<Answer> {
		return new Promise((resolve, reject) => {
			if (this.#death !== undefined) {
				reject(new SnapshotError(`${description}: ip -batch ended: ${this.#death}`));
				return;
			}
			this.#pending.push({resolve, reject, description, failed: false, complete: false, stderr: []});
			this.#child.stdin?.write(Buffer.concat([bytesOfText(words.map(quoted).join(' ')), Buffer.from(`\n${sentinel}\n`)]));
			this.#startTimer();
		});
	}

	/** Takes no more questions, and ends when the open ones are answered. */
	retire(): void {
		this.#retiring = true;
		if (this.#pending.length === 0) this.kill('retired');
	}

	kill(reason: string): void {
		this.#die(reason);
	}

	#takeOutput(chunk: Buffer): void {
		let from = 0;
		for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
			this.#answers.push(this.#completed(chunk.subarray(from, end + 1)));
			from = end + 1;
		}
		if (from < chunk.length) this.#gather(chunk.subarray(from));
		this.#settle();
	}

	#completed(piece: Buffer): Buffer {
		if (this.#partialLength === 0) return piece;
		this.#gather(piece);
		const answer = this.#partial.subarray(0, this.#partialLength);
		this.#longestAnswer = Math.max(this.#longestAnswer, answer.length);
		this.#partial = Buffer.alloc(0);
		this.#partialLength = 0;
		return answer;
	}

	/** Copies each piece as it comes: done at the end, it would delay an answer of megabytes by the time that takes. */
	#gather(piece: Buffer): void {
		const needed = this.#partialLength + piece.length;
		if (needed > this.#partial.length) {
			const roomy = Buffer.allocUnsafeSlow(Math.max(needed * 2, this.#longestAnswer + spareBytes));
			this.#partial.copy(roomy, 0, 0, this.#partialLength);
			this.#partial = roomy;
		}
		piece.copy(this.#partial, this.#partialLength);
		this.#partialLength = needed;
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
		for (let first = this.#pending[0]; first?.complete; first = this.#pending[0]) {
			const {failed, stderr} = first;
			if (failed && this.#partialLength > 0) {
				this.#die(`${first.description}: failed after a part of its answer`);
				return;
			}
			const stdout = failed ? Buffer.alloc(0) : this.#answers.shift();
			if (stdout === undefined) return;
			this.#pending.shift();
			this.#startTimer();
			first.resolve({ok: !failed, stdout, stderr: stderr.join('\n')});
		}
		if (this.#retiring && this.#pending.length === 0) this.kill('retired');
	}

	#startTimer(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		if (this.#pending.length === 0) return;
		this.#timer = setTimeout(() => this.#die(`no answer within ${timeLimitMs} ms`), timeLimitMs);
	}

	#die(reason: string): void {
		if (this.#death !== undefined) return;
		this.#death = reason;
		clearTimeout(this.#timer);
		killGroup(this.#child.pid);
		for (const stream of this.#child.stdio) stream?.destroy();
		for (const {reject, description} of this.#pending.splice(0)) {
			reject(new SnapshotError(`${description}: ip -batch ended: ${reason}`));
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
 * getcmdline (lib/utils.c) ends a line at `#`, be it quoted or not.
 */
export function canSay(word: string): boolean {
	return !(word.includes('"') && word.includes("'")) && !/[#\n]/.test(word);
}
