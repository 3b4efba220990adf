import {execFileSync} from 'node:child_process';

/** A small program that hangs is killed after this long. */
const limitMs = 5000;

/** What a small program writes to its stdout (latin1), while everything else waits. Throws where it cannot be started or fails. */
export function outputNow(file: string, args: readonly string[]): string {
	return execFileSync(file, args, {encoding: 'latin1', stdio: ['ignore', 'pipe', 'ignore'], timeout: limitMs});
}
