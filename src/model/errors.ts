/** Exit codes of every command (README.md, "Commands"). */
export const exitCode = {done: 0, usage: 1, environment: 2, internal: 3} as const;

/** An error that a user is meant to read: what happened, to what, and what to do next. */
export abstract class UserError extends Error {
	abstract readonly exitCode: number;
	/** What to do next, a sentence. */
	readonly advice: string;

	constructor(message: string, advice: string, options?: ErrorOptions) {
		super(message, options);
		this.name = new.target.name;
		this.advice = advice;
	}
}

export class UsageError extends UserError {
	readonly exitCode = exitCode.usage;
}

/** No usable iproute2. */
export class IpUnavailableError extends UserError {
	readonly exitCode = exitCode.environment;
}

export class NamespaceError extends UserError {
	readonly exitCode = exitCode.environment;
}

export class RuntimeUnavailableError extends UserError {
	readonly exitCode = exitCode.environment;
}

/** Another netmon watches this sandbox. */
export class SandboxLockedError extends UserError {
	readonly exitCode = exitCode.environment;
}

export class StateDirectoryError extends UserError {
	readonly exitCode = exitCode.environment;
}

/** A file or an address that was asked for cannot be had. */
export class OutputUnavailableError extends UserError {
	readonly exitCode = exitCode.environment;
}

const seeByHand = 'Run the same command by hand and see what it prints.';
const needsPrivilege = 'To enter another network namespace takes root, or CAP_SYS_ADMIN there.';

/** `ip` failed, did not answer, or answered something that is not what was asked for. */
export class SnapshotError extends UserError {
	readonly exitCode = exitCode.environment;

	constructor(message: string, options?: ErrorOptions) {
		super(message, /^[^\n]*nsenter: .*not permitted/.test(message) ? needsPrivilege : seeByHand, options);
	}
}

export function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

/** Whether it is an error of the system with this code (`ENOENT`). */
export function isCode(error: unknown, code: string): boolean {
	return error instanceof Error && 'code' in error && error.code === code;
}
