export type Operation = 'add-iface' | 'del-iface' | 'update-routes';

/** How one call of the runtime ended. */
export type CallOutcome =
	| {readonly ok: true}
	| {
			readonly ok: false;
			/** What happened, in a few words. */
			readonly reason: string;
			/** The end of what the runtime wrote to its stderr. */
			readonly stderr?: string;
	  };

/** A call that has ended, as the outputs report it. */
export interface CallReport {
	readonly type: 'call';
	readonly op: Operation;
	readonly ok: boolean;
	/** The number of this attempt, from 1. */
	readonly attempt: number;
	readonly durationMs: number;
	/** What the runtime was given, as JSON text. */
	readonly payload: string;
	/** For interface calls. */
	readonly ifindex?: number;
	readonly ifname?: string;
	readonly reason?: string;
	readonly stderr?: string;
	/** Time until the next attempt. */
	readonly retryInMs?: number;
}

/** The container runtime. It takes one call at a time. */
export interface Runtime {
	/** Never rejects: a failure is an outcome. */
	call(op: Operation, payload: string): Promise<CallOutcome>;
	/** Waits at most this long for a running call, then kills it. */
	close(graceMs: number): Promise<void>;
}
