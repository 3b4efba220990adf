import {isJournal} from './journal-stream.js';
import type {LogOutput} from './log.js';
import type {Output} from './output.js';

/** The log on stderr. If stderr is the journal, each line begins with its priority, which the journal removes. */
export function stderrLog(errors: Output): LogOutput {
	const marked = isJournal(2, process.env);
	return {write: (line, priority) => void errors.write(marked ? `<${priority}>${line}` : line)};
}
