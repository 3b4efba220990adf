import {type Answer, describeQuestion, type IpQueries, type Question} from '../../src/probe/ask/ip-queries.js';

/** An `ip` that gives prepared answers in order, and then repeats the last one. */
export class AnsweringQueries implements IpQueries {
	readonly asked: string[] = [];
	readonly #answers: Answer[];

	constructor(...answers: readonly (string | Buffer | Partial<Answer>)[]) {
		this.#answers = answers.map((answer) =>
			typeof answer === 'string' || Buffer.isBuffer(answer)
				? {ok: true, stdout: Buffer.from(answer), stderr: ''}
				: {ok: true, stdout: Buffer.alloc(0), stderr: '', ...answer},
		);
	}

	prepare(): void {}

	async ask<Result>(question: Question, read: (answer: Answer) => Result): Promise<Result> {
		this.asked.push(describeQuestion(question));
		const [answer] = this.#answers;
		if (answer === undefined) throw new Error('no answer was prepared');
		if (this.#answers.length > 1) this.#answers.shift();
		return read(answer);
	}

	canAsk(words: readonly string[]): boolean {
		return !words.includes('unaskable');
	}

	forgetNames(): void {}

	close(): void {}
}

/** An `ip` that answers each question as the test decides: with an answer, or with an error if it should die. */
export class QuestionedQueries implements IpQueries {
	readonly asked: string[] = [];
	readonly #answer: (question: string) => string | Buffer | Partial<Answer> | Error;

	constructor(answer: (question: string) => string | Buffer | Partial<Answer> | Error) {
		this.#answer = answer;
	}

	prepare(): void {}

	async ask<Result>(question: Question, read: (answer: Answer) => Result): Promise<Result> {
		const what = describeQuestion(question);
		this.asked.push(what);
		const answer = this.#answer(what);
		if (answer instanceof Error) throw answer;
		if (typeof answer === 'string' || Buffer.isBuffer(answer)) return read({ok: true, stdout: Buffer.from(answer), stderr: ''});
		return read({ok: true, stdout: Buffer.alloc(0), stderr: '', ...answer});
	}

	canAsk(): boolean {
		return true;
	}

	forgetNames(): void {}

	close(): void {}

	/** The questions since the last call. */
	takeAsked(): string[] {
		return this.asked.splice(0);
	}
}
