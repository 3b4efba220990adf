/**
 * The log. Messages are constant, and facts are in fields (`ifindex`, `ifname`, `op`, `attempt`, `reason`, …). A pino
 * logger fits this interface.
 */
export interface Log {
	trace(fields: object, message: string): void;
	debug(fields: object, message: string): void;
	info(fields: object, message: string): void;
	warn(fields: object, message: string): void;
	error(fields: object, message: string): void;
}

export const silentLog: Log = {trace() {}, debug() {}, info() {}, warn() {}, error() {}};
