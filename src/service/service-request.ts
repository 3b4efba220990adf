type Environment = Readonly<Record<string, string | undefined>>;

/** What systemd asks of a service of `Type=notify`. */
export interface ServiceRequest {
	/** Path of the socket for messages; `@NAME` is an abstract one (sd_notify(3)). */
	readonly socket: string;
	/** A ping must come within this time (sd_watchdog_enabled(3)); undefined: no ping is expected. */
	readonly watchdogMs: number | undefined;
}

/** Which process this is. */
export interface ProcessIds {
	readonly pid: number;
	readonly ppid: number;
}

/** Undefined if netmon is no service, or if the socket is meant for another process. */
export function serviceRequest(environment: Environment, {pid, ppid}: ProcessIds): ServiceRequest | undefined {
	const socket = environment['NOTIFY_SOCKET'];
	if (!socket || !isServiceProcess(environment, {pid, ppid})) return undefined;
	const microseconds = Number(environment['WATCHDOG_USEC']);
	const forUs = [undefined, '', String(pid)].includes(environment['WATCHDOG_PID']);
	return {socket, watchdogMs: forUs && microseconds > 0 ? microseconds / 1000 : undefined};
}

/**
 * Whether systemd started this process, or the shell or wrapper that is its parent. Other descendants of a service inherit
 * `$NOTIFY_SOCKET` too: a netmon in a shell of Emacs must not report that Emacs is ready. `$SYSTEMD_EXEC_PID` exists since systemd 248
 * (systemd.exec(5)); with an older systemd the answer is yes.
 */
export function isServiceProcess(environment: Environment, {pid, ppid}: ProcessIds): boolean {
	return [undefined, '', String(pid), String(ppid)].includes(environment['SYSTEMD_EXEC_PID']);
}
