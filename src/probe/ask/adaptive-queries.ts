import type {Family} from '../../model/link.js';
import type {Log} from '../../model/log.js';
import {SpawnError} from '../../process/spawn-error.js';
import type {IpProgram} from '../ip-program.js';
import {AnswerFiles} from './answer-file.js';
import {BatchQueries} from './batch-queries.js';
import {BatchEndedError} from './batch-server.js';
import type {Answer, IpQueries, Question} from './ip-queries.js';
import {OneShotQueries} from './one-shot-queries.js';

/** What is known about an `ip`, and where new findings are kept. */
export interface BatchKnowledge {
	readonly batch: boolean | undefined;
	learnBatch(works: boolean): void;
	/** Whether this process has not yet logged that the batch is unusable. */
	firstToSay(): boolean;
}

/** After this many batches that end by themselves or never answer, while a single process does answer, this `ip` has no usable batch. */
const mostEnded = 2;
/** A batch that answered this many questions before it ended was usable. */
const fewAnswers = 5;

/** Asks `ip -batch`. If this `ip` has no usable batch (a wrapper, for example), asks by one process for each question. */
export class AdaptiveQueries implements IpQueries {
	readonly #program: IpProgram;
	readonly #log: Log;
	readonly #knowledge: BatchKnowledge | undefined;
	readonly #batch: BatchQueries;
	readonly #oneShot: OneShotQueries;
	#slow = false;
	#ended = 0;
	#answersSince = 0;

	constructor(program: IpProgram, log: Log, knowledge?: BatchKnowledge, files = new AnswerFiles(), thrifty?: () => boolean) {
		this.#program = program;
		this.#log = log;
		this.#knowledge = knowledge;
		this.#batch = new BatchQueries(program, files, thrifty);
		this.#oneShot = new OneShotQueries(program);
		if (knowledge?.batch === false) this.#giveUpBatch('an earlier run found out');
	}

	async ask<Result>(question: Question, read: (answer: Answer) => Result): Promise<Result> {
		if (this.#slow || question.details === false) return this.#oneShot.ask(question, read);
		try {
			return await this.#batch.ask(question, (answer) => {
				this.#noteAnswer();
				return read(answer);
			});
		} catch (error) {
			// That no process can be started says nothing about the batch.
			if (!(error instanceof BatchEndedError) || error.cause instanceof SpawnError) throw error;
			// Only a batch can be asked with these words. It may have ended because of the question before: ask the next one.
			if (!this.#oneShot.canAsk(question.words)) return await this.#batch.ask(question, read);
			const blamed = error.byItself || !(this.#batch.proven || error.ofFile);
			// Ask a separate process if the batch ended by itself, was killed by a signal, or was never usable. Its answer shows which it was.
			if (!(blamed || this.#slow || /: SIG[A-Z]+$/.test(error.message))) throw error;
			return await this.#oneShot.ask(question, (answer) => {
				// If `ip` itself fails, that proves nothing about the batch.
				if (blamed && answer.ok) this.#blameBatch(error);
				return read(answer);
			});
		}
	}

	prepare(families: readonly Family[]): void {
		if (!this.#slow) this.#batch.prepare(families);
	}

	canAsk(words: readonly string[]): boolean {
		return (this.#slow ? this.#oneShot : this.#batch).canAsk(words);
	}

	forgetNames(): void {
		if (!this.#slow) this.#batch.forgetNames();
	}

	close(): void {
		this.#batch.close();
		this.#oneShot.close();
	}

	#noteAnswer(): void {
		this.#answersSince += 1;
		if (this.#answersSince === fewAnswers) this.#knowledge?.learnBatch(true);
	}

	#blameBatch({message, byItself}: BatchEndedError): void {
		if (this.#answersSince >= fewAnswers) this.#ended = 0;
		this.#answersSince = 0;
		this.#ended += 1;
		if (this.#slow || this.#ended < mostEnded) return;
		this.#giveUpBatch(message);
		// A batch that was only too slow may be faster next time.
		if (byItself) this.#knowledge?.learnBatch(false);
	}

	#giveUpBatch(reason: string): void {
		this.#slow = true;
		this.#batch.close();
		if (this.#knowledge?.firstToSay() === false) return;
		this.#log.warn({ip: this.#program.path, reason}, 'ip -batch cannot be used, each question starts a process now');
	}
}
