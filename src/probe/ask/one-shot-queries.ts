import {setMaxListeners} from 'node:events';
import {SnapshotError} from '../../model/errors.js';
import {collect} from '../../process/collect.js';
import {SpawnError} from '../../process/spawn-error.js';
import {isWellFormed, textOfLatin1} from '../../text/byte-text.js';
import {type IpProgram, ipCommand} from '../ip-program.js';
import {type Answer, describeQuestion, type IpQueries, optionsOf, type Question} from './ip-queries.js';

const timeLimitMs = 15_000;
/** More than this is no valid answer: 100,000 routes are 14 MB. */
const largestAnswerBytes = 512 * 1024 * 1024;

/** Asks by one process for each question. It is slower than the batch, but nothing can be stale. */
export class OneShotQueries implements IpQueries {
	readonly #program: IpProgram;
	readonly #closing = new AbortController();

	constructor(program: IpProgram) {
		// There is one listener for each running question. There are many at the start; that is no leak.
		setMaxListeners(0, this.#closing.signal);
		this.#program = program;
	}

	prepare(): void {}

	async ask<Result>(question: Question, read: (answer: Answer) => Result): Promise<Result> {
		const what = describeQuestion(question);
		const {signal} = this.#closing;
		if (signal.aborted) throw new SnapshotError(`${what}: closed`);
		const {path, environment, mortality} = this.#program;
		const args = [...optionsOf(question), ...question.words];
		const options = {env: environment, limitMs: timeLimitMs, mostBytes: largestAnswerBytes, signal};
		const {exitCode, reason, timedOut, stdout, stderr} = await collect(ipCommand(this.#program, args), mortality, options).catch(
			(error) => {
				throw error instanceof SpawnError ? new SnapshotError(`${what}: ${error.message} (${path})`, {cause: error}) : error;
			},
		);
		if (signal.aborted) throw new SnapshotError(`${what}: closed`);
		if (timedOut) throw new SnapshotError(`${what}: no answer within ${timeLimitMs} ms`);
		if (exitCode === undefined) throw new SnapshotError(`${what}: ${reason}`);
		return read({ok: exitCode === 0, stdout, stderr: textOfLatin1(stderr.toString('latin1'))});
	}

	/** Node passes arguments as UTF-8 only. */
	canAsk(words: readonly string[]): boolean {
		return words.every(isWellFormed);
	}

	forgetNames(): void {}

	close(): void {
		this.#closing.abort();
	}
}
