import {SnapshotError} from '../../model/errors.js';
import type {Family} from '../../model/link.js';
import type {IpProgram} from '../ip-program.js';
import {AnswerFiles} from './answer-file.js';
import {BatchServer, fitsInLine} from './batch-server.js';
import {type Answer, describeQuestion, type IpQueries, type Question, type QuestionFamily} from './ip-queries.js';

/** A question that takes longer is given up, and its process is killed. */
const timeLimitMs = 15_000;
/** The limit while no batch has ever answered: one that never flushes its answers must be found out soon. */
const firstAnswerLimitMs = 3000;
/** How long after a server comes into use to start the next spare one. */
const spareDelayMs = 20;
/** With many namespaces, one keeps its servers this long after its last question, because events come in bursts. */
const calmMs = 2000;

/**
 * Asks long-lived `ip -batch` processes, one for each family. Their cache of names is never cleared (lib/ll_map.c). So after a rename or
 * a deletion a spare process takes over: it has had no questions, and its cache is empty.
 */
export class BatchQueries implements IpQueries {
	readonly #program: IpProgram;
	readonly #servers = new Map<QuestionFamily, BatchServer>();
	readonly #spares = new Map<QuestionFamily, BatchServer>();
	readonly #files: AnswerFiles;
	readonly #thrifty: () => boolean;
	#closed = false;
	#proven = false;
	#calm: NodeJS.Timeout | undefined;

	/** @param thrifty whether no process may wait for questions; servers then end after a calm period and start with the next question */
	constructor(program: IpProgram, files = new AnswerFiles(), thrifty: () => boolean = () => false) {
		this.#program = program;
		this.#files = files;
		this.#thrifty = thrifty;
	}

	/** Whether any question was ever answered. */
	get proven(): boolean {
		return this.#proven;
	}

	ask<Result>(question: Question, read: (answer: Answer) => Result): Promise<Result> {
		const prove = (answer: Answer) => {
			this.#proven = true;
			return read(answer);
		};
		const limitMs = this.#proven ? timeLimitMs : firstAnswerLimitMs;
		const what = describeQuestion(question);
		// A look that continues after the end must not start a process that nobody would end.
		if (this.#closed) return Promise.reject(new SnapshotError(`${what}: closed`));
		const server = this.#serverFor(question.family);
		this.#expectCalm();
		return server.ask(question.words, what, prove, limitMs);
	}

	/** Starts the processes for the first questions of these families. */
	prepare(families: readonly Family[]): void {
		if (this.#thrifty()) return;
		// Links and addresses are asked for without a family option, like IPv4 routes.
		for (const family of new Set<Family>(['inet', ...families])) this.#prepareSpare(family);
	}

	canAsk(words: readonly string[]): boolean {
		return words.every(fitsInLine);
	}

	forgetNames(): void {
		for (const server of this.#servers.values()) server.retire();
		this.#servers.clear();
	}

	close(): void {
		this.#closed = true;
		clearTimeout(this.#calm);
		this.#letGo((server) => server.kill('closed'));
	}

	#letGo(end: (server: BatchServer) => void): void {
		for (const server of [...this.#servers.values(), ...this.#spares.values()]) end(server);
		this.#servers.clear();
		this.#spares.clear();
	}

	#expectCalm(): void {
		if (this.#calm !== undefined) this.#calm.refresh();
		else if (this.#thrifty()) {
			this.#calm = setTimeout(() => {
				this.#calm = undefined;
				// A server that is still answering ends afterwards.
				if (this.#thrifty()) this.#letGo((server) => server.retire());
			}, calmMs).unref();
		}
	}

	#serverFor(family: QuestionFamily): BatchServer {
		const current = this.#servers.get(family);
		if (current?.alive) return current;
		const spare = this.#spares.get(family);
		this.#spares.delete(family);
		const next = spare?.alive ? spare : new BatchServer(this.#program, family, this.#files);
		this.#servers.set(family, next);
		// Not before the coming question: a fork blocks the event loop for a millisecond.
		setTimeout(() => this.#prepareSpare(family), spareDelayMs).unref();
		return next;
	}

	#prepareSpare(family: QuestionFamily): void {
		if (this.#closed || this.#thrifty() || this.#spares.get(family)?.alive) return;
		this.#spares.set(family, new BatchServer(this.#program, family, this.#files));
	}
}
