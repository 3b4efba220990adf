import {exitCode, messageOf, UserError} from '../model/errors.js';
import {visibleText} from '../text/byte-text.js';

/** What a user sees of an error: what happened and what to do next; the stack only when asked for (`DEBUG`). */
export function errorText(error: unknown, environment: Readonly<Record<string, string | undefined>>): string {
	const stack = environment['DEBUG'] && error instanceof Error ? `${error.stack}\n` : '';
	if (error instanceof UserError) return `Error: ${visibleText(error.message)}\n${visibleText(error.advice)}\n${stack}`;
	const hint = stack === '' ? 'This is a fault of netmon. Run it again with DEBUG=1 to see where it happened.\n' : stack;
	return `Error: ${visibleText(messageOf(error))}\n${hint}`;
}

export function exitCodeOf(error: unknown): number {
	return error instanceof UserError ? error.exitCode : exitCode.internal;
}
