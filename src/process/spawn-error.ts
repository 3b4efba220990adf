/** The machine has no room for another process now, or the program is being replaced: it may work later (fork(2), execve(2)). */
const passingCodes: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM', 'ETXTBSY']);

/** A process could not be started, in whichever way Node reports it. */
export class SpawnError extends Error {
	readonly code: string;

	constructor(file: string, cause: unknown) {
		const code = codeOf(cause);
		super(`cannot start ${file}: ${code === 'unknown' ? String(cause) : code}`, {cause});
		this.name = 'SpawnError';
		this.code = code;
	}

	/** Whether the same start may work later. */
	get passing(): boolean {
		return passingCodes.has(this.code);
	}
}

function codeOf(error: unknown): string {
	return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}
