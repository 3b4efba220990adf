import {messageOf, OutputUnavailableError} from '../model/errors.js';
import {openStandard} from './descriptor.js';
import {isJournal, priority} from './journal-stream.js';
import {Output} from './output.js';

/** How long the reader of an error may take: an end must not wait for a terminal that is stopped. */
const complaintLimitMs = 2000;

/** Writes the result of a command to stdout, and waits as long as its reader takes. A reader that goes away has read enough. */
export async function print(text: string): Promise<void> {
	const failures: unknown[] = [];
	const output = new Output(openStandard(1), {dropped: () => '', failed: (error) => failures.push(error)});
	output.write(text);
	await output.flush();
	for (const error of failures) throw unwritable(error);
}

/** Writes to stderr what has gone wrong. Where that cannot be written either, the exit code has to say it. */
export async function complain(text: string): Promise<void> {
	const output = new Output(openStandard(2), {dropped: () => ''});
	output.write(isJournal(2, process.env) ? text.replaceAll(/^(?=.)/gm, `<${priority.error}>`) : text);
	await output.flush(complaintLimitMs);
}

/** One line, as of any program whose output cannot be written: the system's own message says what to do. */
export function unwritable(error: unknown): OutputUnavailableError {
	return new OutputUnavailableError(`cannot write the output: ${messageOf(error)}`, '', {cause: error});
}
