import type {Family} from '../../model/link.js';

/** What `ip` is to speak of (ip(8), -family); `link` leaves out all addresses. */
export type QuestionFamily = Family | 'link';

/** One command of `ip -j -d`, without what precedes the object. */
export interface Question {
	readonly family: QuestionFamily;
	/** Words, as text; they reach `ip` as the bytes that the text stands for. */
	readonly words: readonly string[];
	/** Without -d; asked by a process of its own. */
	readonly details?: false;
}

export interface Answer {
	/** Whether `ip` called it a success. */
	readonly ok: boolean;
	readonly stdout: Buffer;
	readonly stderr: string;
}

/** A way of asking `ip`. */
export interface IpQueries {
	/** Questions are about to follow: starts what takes time. */
	prepare(families: readonly Family[]): void;
	/**
	 * Rejects with a SnapshotError where no answer came at all, or with what `read` throws.
	 *
	 * @param read reads the answer where it lies: its bytes are used again afterwards
	 */
	ask<Result>(question: Question, read: (answer: Answer) => Result): Promise<Result>;
	/** Whether these words can be asked this way, byte for byte. */
	canAsk(words: readonly string[]): boolean;
	/** A link was renamed or deleted: names that `ip` has remembered may be wrong from now on. */
	forgetNames(): void;
	close(): void;
}

/** `-4` is never said, for `route show` is IPv4 and `addr show` all without it. */
export function familyOption(family: QuestionFamily): readonly string[] {
	if (family === 'inet6') return ['-6'];
	return family === 'link' ? ['-0'] : [];
}

/** What is said before the object. */
export function optionsOf({family, details}: Question): readonly string[] {
	return ['-j', ...(details === false ? [] : ['-d']), ...familyOption(family)];
}

export function describeQuestion(question: Question): string {
	return ['ip', ...optionsOf(question), ...question.words].join(' ');
}
