import {execFileSync} from 'node:child_process';

/** The limit after which a small program that hangs is killed. */
const limitMs = 5000;

/** Runs a small program synchronously and returns its stdout (latin1). Throws if it cannot be started or fails. */
export function outputNow(file: string, args: readonly string[]): string {
	return execFileSync(file, args, {encoding: 'latin1', stdio: ['ignore', 'pipe', 'ignore'], timeout: limitMs});
}
