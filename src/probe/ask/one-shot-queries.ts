import {SnapshotError} from '../../model/errors.js';
import {killGroup} from '../../process/kill-group.js';
import {isWellFormed, textOfLatin1} from '../../text/byte-text.js';
import {type IpProgram, mortalCommand, mortalOptions} from '../ip-program.js';
import {type Answer, describeQuestion, type IpQueries, optionsOf, type Question} from './ip-queries.js';

const timeLimitMs = 15_000;
/** An answer beyond this is no answer: 100,000 routes are 14 MB. */
const largestAnswerBytes = 512 * 1024 * 1024;

/** A process per question: slower than the batch, and nothing can go stale. */
export class OneShotQueries implements IpQueries {
	readonly #program: IpProgram;
	readonly #running = new Set<number>();
	#closed = false;

	constructor(program: IpProgram) {
		this.#program = program;
	}

	prepare(): void {}

	async ask<Result>(question: Question, read: (answer: Answer) => Result): Promise<Result> {
		// Loaded when needed: execa costs more to load than all that is on the way to being subscribed.
		const {execa} = await import('execa');
		const what = describeQuestion(question);
		if (this.#closed) throw new SnapshotError(`${what}: closed`);
		const {file, args} = mortalCommand(this.#program, [...optionsOf(question), ...question.words], false);
		const {stdio, env, detached} = mortalOptions(this.#program, 'ignore');
		const child = execa(file, args, {
			reject: false,
			stdio,
			encoding: 'buffer',
			stripFinalNewline: false,
			env,
			extendEnv: false,
			maxBuffer: largestAnswerBytes,
			detached,
			cleanup: false,
		});
		const {pid} = child;
		if (pid !== undefined) this.#running.add(pid);
		let timedOut = false;
		// With its group: a wrapper's child would else hold the pipes, and their end be waited for.
		const timer = setTimeout(() => {
			timedOut = true;
			killGroup(pid);
		}, timeLimitMs);
		const result = await child;
		clearTimeout(timer);
		if (pid !== undefined) this.#running.delete(pid);
		if (timedOut) throw new SnapshotError(`${what}: no answer within ${timeLimitMs} ms`);
		if (result.exitCode === undefined) throw new SnapshotError(`${what}: ${result.shortMessage ?? 'ended without an exit code'}`);
		return read({
			ok: result.exitCode === 0,
			stdout: Buffer.from(result.stdout.buffer, result.stdout.byteOffset, result.stdout.byteLength),
			stderr: textOfLatin1(Buffer.from(result.stderr).toString('latin1')),
		});
	}

	/** Node passes arguments as UTF-8 only. */
	canAsk(words: readonly string[]): boolean {
		return words.every(isWellFormed);
	}

	forgetNames(): void {}

	close(): void {
		this.#closed = true;
		for (const pid of this.#running) killGroup(pid);
	}
}
