import {ShapeError} from '../../json/fields.js';
import {SnapshotError} from '../../model/errors.js';
import {type Answer, describeQuestion, type IpQueries, type Question} from '../ask/ip-queries.js';

/** rtnl_dump_done, lib/libnetlink.c: NLM_F_DUMP_INTR, valid JSON and exit 0 all the same. */
const interrupted = /dump was interrupted/i;
/** Said with exit 0 where the answer is only a part. */
const partial = /truncated|buffer too small|dump terminated|EOF on netlink|no buffer space/i;
const noSuchLink = /does not exist|no such device|cannot find device/i;

/** An answer read; where it is not complete, entries may be missing and nothing may be concluded to be gone. */
export interface Attempt<Read> {
	readonly read: Read;
	readonly complete: boolean;
}

/**
 * Asks, and reads the answer. Resolves to an error where `ip` itself has failed, or died of a signal: the same question
 * without -d may have an answer. Rejects with a SnapshotError where there is no answer of use at all.
 */
export async function attempt<Read>(
	queries: IpQueries,
	question: Question,
	read: (answer: Answer, what: string) => Read,
): Promise<Attempt<Read> | SnapshotError> {
	const what = describeQuestion(question);
	try {
		return await queries.ask(question, (answer) => {
			if (!answer.ok) return new SnapshotError(`${what}: failed: ${answer.stderr.trim() || 'without a message'}`);
			if (partial.test(answer.stderr)) throw new SnapshotError(`${what}: ${answer.stderr.trim()}`);
			return {read: checked(() => read(answer, what)), complete: !interrupted.test(answer.stderr)};
		});
	} catch (error) {
		if (error instanceof SnapshotError && diedOfSignal(error)) return error;
		throw error;
	}
}

/** The same, where an answer that is of no use is as good as a failure. */
export async function attemptOrError<Read>(...asked: Parameters<typeof attempt<Read>>): Promise<Attempt<Read> | SnapshotError> {
	try {
		return await attempt(...asked);
	} catch (error) {
		if (error instanceof SnapshotError) return error;
		throw error;
	}
}

/** Whether the error says that there is no such link. */
export function saysNoSuchLink({message}: SnapshotError): boolean {
	return noSuchLink.test(message);
}

function diedOfSignal({message}: SnapshotError): boolean {
	return /\bSIG[A-Z]+\b/.test(message);
}

/** An answer of another shape than expected is an error as a whole. */
function checked<Result>(parse: () => Result): Result {
	try {
		return parse();
	} catch (error) {
		if (error instanceof ShapeError) throw new SnapshotError(error.message, {cause: error});
		throw error;
	}
}
