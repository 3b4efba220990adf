import type {Family} from '../../model/link.js';

/** The family option of `ip` (ip(8), -family). `link` leaves out all addresses; `inet` alone has no option, which is not always IPv4 only. */
export type QuestionFamily = Family | 'link' | 'inet only';

/** One command of `ip -j -d`, from the object on. */
export interface Question {
	readonly family: QuestionFamily;
	/** Words as text. They reach `ip` as the bytes that the text stands for. */
	readonly words: readonly string[];
	/** Present if asked without -d, which needs a process of its own. */
	readonly details?: false;
}

export interface Answer {
	/** Whether `ip` reported success. */
	readonly ok: boolean;
	readonly stdout: Buffer;
	readonly stderr: string;
}

/** A way to ask `ip`. */
export interface IpQueries {
	/** Starts slow things early, because questions are about to come. */
	prepare(families: readonly Family[]): void;
	/** Rejects with a SnapshotError if no answer came, or with what `read` throws. The bytes that `read` gets are reused afterwards. */
	ask<Result>(question: Question, read: (answer: Answer) => Result): Promise<Result>;
	/** Whether these words can be asked this way, byte for byte. */
	canAsk(words: readonly string[]): boolean;
	/** A link was renamed or deleted: names that `ip` has cached may be wrong now. */
	forgetNames(): void;
	close(): void;
}

/** Without an option, `route show` is IPv4 and `addr show` is both. */
export const familyOptions = {inet: [], 'inet only': ['-4'], inet6: ['-6'], link: ['-0']} as const;

/** The options before the object. */
export function optionsOf({family, details}: Question): readonly string[] {
	return ['-j', ...(details === false ? [] : ['-d']), ...familyOptions[family]];
}

export function describeQuestion(question: Question): string {
	return ['ip', ...optionsOf(question), ...question.words].join(' ');
}
