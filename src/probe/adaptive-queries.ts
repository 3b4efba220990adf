import type {Family} from '../model/link.js';
import type {Log} from '../model/log.js';
import {BatchQueries} from './batch-queries.js';
import type {IpProgram} from './ip-program.js';
import type {Answer, IpQueries, Question} from './ip-queries.js';
import {OneShotQueries} from './one-shot-queries.js';

/** So many batches in a row that end without a single answer mean that this `ip` has none. */
const mostUnproven = 2;

/** Asks `ip -batch`, and where this `ip` turns out to have none (a wrapper, say) a process per question. */
export class AdaptiveQueries implements IpQueries {
	readonly #program: IpProgram;
	readonly #log: Log;
	readonly #batch: BatchQueries;
	#oneShot: OneShotQueries | undefined;
	#unproven = 0;

	constructor(program: IpProgram, log: Log) {
		this.#program = program;
		this.#log = log;
		this.#batch = new BatchQueries(program);
	}

	async ask<Result>(question: Question, read: (answer: Answer) => Result): Promise<Result> {
		if (this.#oneShot !== undefined) return this.#oneShot.ask(question, read);
		try {
			return await this.#batch.ask(question, read);
		} catch (error) {
			if (this.#batch.proven) throw error;
			this.#unproven += 1;
			if (this.#unproven < mostUnproven) throw error;
			return this.#giveUpBatch(error).ask(question, read);
		}
	}

	prepare(families: readonly Family[]): void {
		if (this.#oneShot === undefined) this.#batch.prepare(families);
	}

	canAsk(words: readonly string[]): boolean {
		return (this.#oneShot ?? this.#batch).canAsk(words);
	}

	forgetNames(): void {
		if (this.#oneShot === undefined) this.#batch.forgetNames();
	}

	close(): void {
		this.#batch.close();
		this.#oneShot?.close();
	}

	#giveUpBatch(error: unknown): OneShotQueries {
		this.#batch.close();
		if (this.#oneShot === undefined) {
			this.#oneShot = new OneShotQueries(this.#program);
			const reason = error instanceof Error ? error.message : String(error);
			this.#log.warn({ip: this.#program.path, reason}, 'ip -batch cannot be used, each question is a process now');
		}
		return this.#oneShot;
	}
}
