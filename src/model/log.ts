/** The log. Messages are constant; facts are in fields (`ifindex`, `op`, `reason`, …). A pino logger fits this interface. */
export interface Log {
	debug(fields: object, message: string): void;
	info(fields: object, message: string): void;
	warn(fields: object, message: string): void;
	error(fields: object, message: string): void;
}

export const silentLog: Log = {debug() {}, info() {}, warn() {}, error() {}};

/** The values of `--log-level`. The original has "panic" beside "fatal". */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'panic'] as const;
export type LogLevel = (typeof logLevels)[number];
