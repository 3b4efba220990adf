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
