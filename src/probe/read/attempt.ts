import {ShapeError} from '../../json/fields.js';
import {SnapshotError} from '../../model/errors.js';
import {type Answer, describeQuestion, type IpQueries, type Question} from '../ask/ip-queries.js';

/** rtnl_dump_done, lib/libnetlink.c: on NLM_F_DUMP_INTR the JSON is valid and the exit code is 0 all the same. */
const interrupted = /dump was interrupted/i;
/** Printed with exit code 0 when the answer is only a part. */
const partial = /truncated|buffer too small|dump terminated|EOF on netlink|no buffer space/i;
const noSuchLink = /does not exist|no such device|cannot find device/i;

/** An answer that was read. If it is not complete, entries may be missing, and nothing counts as gone. */
export interface Attempt<Read> {
	readonly read: Read;
	readonly complete: boolean;
}

/**
 * Asks and reads the answer. Resolves to an error if `ip` itself failed or died of a signal: the same question without -d may work.
 * Rejects with a SnapshotError if there is no usable answer at all.
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

/** The same, but an unusable answer resolves to an error too. */
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

/** An answer of an unexpected shape is an error as a whole. */
function checked<Result>(parse: () => Result): Result {
	try {
		return parse();
	} catch (error) {
		if (error instanceof ShapeError) throw new SnapshotError(error.message, {cause: error});
		throw error;
	}
}
