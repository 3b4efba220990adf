import type {CallOutcome} from '../model/call.js';
import type {ProcessEnd} from './child.js';
import {whyNotRun} from './find-program.js';

/** How the call of the program at `path` ended. `overdueMs` is the time limit, if the program was killed for it. */
export function callOutcome(end: ProcessEnd, path: string, stderr: string, overdueMs: number | undefined): CallOutcome {
	if (end.exitCode === 0 && overdueMs === undefined) return {ok: true};
	const reason = overdueMs === undefined ? reasonOf(end, path) : `no end within ${overdueMs} ms, killed`;
	if (end.failure !== undefined) return {ok: false, reason, started: false};
	return stderr === '' ? {ok: false, reason} : {ok: false, reason, stderr};
}

function reasonOf({exitCode, signal, failure}: ProcessEnd, path: string): string {
	const why = whyNotRun(path);
	if (why !== undefined) return `${path} is not an executable program: ${why}`;
	if (signal !== undefined) return `ended by ${signal}`;
	if (exitCode !== undefined) return `exit code ${exitCode}`;
	return failure?.message ?? 'ended in an unknown way';
}
