import {exitCode, isUserError, messageOf} from '../model/errors.js';
import {visibleText} from '../text/byte-text.js';
import {complain} from './print.js';

/** The text of an error for the user: what happened and what to do next, with the stack only if asked for (`DEBUG`). */
function errorText(error: unknown, environment: Readonly<Record<string, string | undefined>>): string {
	const stack = environment['DEBUG'] && error instanceof Error ? `${error.stack}\n` : '';
	if (isUserError(error)) {
		const advice = error.advice === '' ? '' : `${visibleText(error.advice)}\n`;
		return `Error: ${visibleText(error.message)}\n${advice}${stack}`;
	}
	const hint = stack === '' ? 'This is a fault of netmon. Run it again with DEBUG=1 to see where it happened.\n' : stack;
	return `Error: ${visibleText(messageOf(error))}\n${hint}`;
}

/** Commands that answer a question by their exit code, 0 or 1, as diff(1) does: any trouble is 2. */
const asking: ReadonlySet<string> = new Set(['diff', 'replay', 'verify', 'wait']);

export function isAsking(command: string): boolean {
	return asking.has(command);
}

/** Prints an error on stderr. Resolves to the exit code. */
export async function report(error: unknown, command?: string): Promise<number> {
	await complain(errorText(error, process.env));
	if (command !== undefined && isAsking(command)) return exitCode.environment;
	return isUserError(error) ? error.exitCode : exitCode.internal;
}
