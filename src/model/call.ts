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
			/** False where its process could not be started. */
			readonly started?: false;
	  };

/** One call that has ended, for those who watch. */
export interface CallReport {
	readonly type: 'call';
	readonly op: Operation;
	readonly ok: boolean;
	/** Consecutive tries of the same, from 1. */
	readonly attempt: number;
	readonly durationMs: number;
	/** What the runtime was given, as JSON text. */
	readonly payload: string;
	/** For interface calls. */
	readonly ifindex?: number;
	readonly ifname?: string;
	readonly reason?: string;
	readonly stderr?: string;
	/** How long until it is tried again. */
	readonly retryInMs?: number;
}

/** The container runtime, one call at a time. Never rejects. */
export interface Runtime {
	call(op: Operation, payload: string): Promise<CallOutcome>;
	/** Waits at most that long for a call that runs, then kills it. */
	close(graceMs: number): Promise<void>;
}
