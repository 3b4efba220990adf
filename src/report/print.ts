import {OutputUnavailableError, reasonOf} from '../model/errors.js';
import {openStandard} from './descriptor.js';
import {isJournal, priority} from './journal-stream.js';
import {Output} from './output.js';

/** The longest wait for the reader of an error: a stopped terminal must not delay the end. */
const complaintLimitMs = 2000;

/** Writes the result of a command to stdout, and waits for its reader without a limit. A reader that goes away has read enough. */
export async function print(text: string): Promise<void> {
	const failures: unknown[] = [];
	const output = new Output(openStandard(1), {dropped: () => '', failed: (error) => failures.push(error)});
	output.write(text);
	await output.flush();
	for (const error of failures) throw unwritable(error);
}

/** Writes an error to stderr. If that is not possible, only the exit code reports it. */
export async function complain(text: string): Promise<void> {
	const output = new Output(openStandard(2), {dropped: () => ''});
	output.write(isJournal(2, process.env) ? text.replaceAll(/^(?=.)/gm, `<${priority.error}>`) : text);
	await output.flush(complaintLimitMs);
}

/** One line, as other programs print it if they cannot write their output. The system's own message says what to do. */
export function unwritable(error: unknown): OutputUnavailableError {
	return new OutputUnavailableError(`cannot write the output: ${reasonOf(error)}`, '', {cause: error});
}
