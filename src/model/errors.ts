import {getSystemErrorMap} from 'node:util';

/** Exit codes of every command (docs/reference.md, "Exit codes"). */
export const exitCode = {done: 0, usage: 1, environment: 2, internal: 3} as const;

/** An error for the user: what happened, to what, and what to do next. */
export abstract class UserError extends Error {
	readonly exitCode: number = exitCode.environment;
	/** What to do next, as a sentence. */
	readonly advice: string;

	constructor(message: string, advice: string, options?: ErrorOptions) {
		super(message, options);
		this.name = new.target.name;
		this.advice = advice;
	}
}

/** Not by its class: each file that the build makes has classes of its own (build.mjs). */
export function isUserError(error: unknown): error is UserError {
	return error instanceof Error && 'advice' in error && 'exitCode' in error;
}

export class UsageError extends UserError {
	override readonly exitCode = exitCode.usage;
}

/** No usable iproute2. */
export class IpUnavailableError extends UserError {}

export class NamespaceError extends UserError {}

const startsAfresh = 'With --follow netmon waits for the name and starts afresh.';

/** The error for a watch whose namespace has gone while it ran. */
export function namespaceLeft(netns: string | undefined, what: 'gone' | 'replaced', advice = startsAfresh): NamespaceError {
	return new NamespaceError(`the network namespace "${netns}" ${what === 'gone' ? 'is gone' : 'was replaced by another'}`, advice);
}

export class RuntimeUnavailableError extends UserError {}

/** The program of a hook cannot be run. */
export class HookUnavailableError extends UserError {}

/** Another netmon already watches this sandbox. */
export class SandboxLockedError extends UserError {}

export class StateDirectoryError extends UserError {}

/** A file or an address that the user named for an output cannot be used. */
export class OutputUnavailableError extends UserError {}

/** There is no journal, or it cannot be read, or it does not go back far enough. */
export class JournalError extends UserError {}

/** Two sides cannot be compared. */
export class ComparisonError extends UserError {}

/** A recording cannot be replayed. */
export class RecordingError extends UserError {}

const seeByHand = 'Run the same command by hand to see what it prints.';
export const makeRoom = 'Raise the limits of descriptors and processes (ulimit -n, ulimit -u), or end some of the processes.';
const needsPrivilege = 'Run netmon as root, or with CAP_SYS_ADMIN: entering another network namespace needs it.';

/** Whether nsenter said that it may not enter the namespace. Trying again does not help. */
export function cannotEnter(said: string): boolean {
	return /^[^\n]*nsenter: .*(?:not permitted|Permission denied)/.test(said);
}

/** `ip` failed, did not answer, or gave an answer that cannot be read. */
export class SnapshotError extends UserError {
	/** Whether the next attempt may work. */
	readonly passing: boolean;

	constructor(message: string, options?: ErrorOptions) {
		super(message, cannotEnter(message) ? needsPrivilege : lacksRoom(options?.cause) ? makeRoom : seeByHand, options);
		this.passing = !cannotEnter(message);
	}
}

/** Whether no process could be started (SpawnError, process/spawn-error.ts). */
function lacksRoom(cause: unknown): boolean {
	return cause instanceof Error && 'passing' in cause && cause.passing === true;
}

export function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

/** The fields with which a fault of netmon's own is logged. */
export function faultFields(error: unknown): {readonly reason: string; readonly stack: string | undefined} {
	return {reason: messageOf(error), stack: error instanceof Error ? error.stack : undefined};
}

/** An error about a file, whose message begins with the path. */
export class FileError extends Error {
	readonly reason: string;

	constructor(path: string, what: string, reason: string) {
		super(`${path} ${what}: ${reason}`);
		this.name = new.target.name;
		this.reason = reason;
	}
}

/** What went wrong, for a text that names the path: a system error of Node repeats it (`ENOENT: no such file or directory, open '/x'`). */
export function reasonOf(error: unknown): string {
	if (error instanceof FileError) return error.reason;
	const errno = error instanceof Error && 'errno' in error && typeof error.errno === 'number' ? error.errno : 0;
	return getSystemErrorMap().get(errno)?.[1] ?? messageOf(error);
}

/** Whether it is a system error with this code, for example `ENOENT`. */
export function isCode(error: unknown, code: string): boolean {
	return error instanceof Error && 'code' in error && error.code === code;
}
