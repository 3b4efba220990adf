/** How one call of a consumer ended. */
export type CallOutcome =
	| {readonly ok: true}
	| {
			readonly ok: false;
			/** What happened, in a few words. */
			readonly reason: string;
			/** The end of what the consumer wrote to its stderr. */
			readonly stderr?: string;
			/** False where its process could not be started. */
			readonly started?: false;
	  };

/** What a consumer is told by one call. */
export interface Call {
	/** What kind of call it is: `add-iface`, … */
	readonly op: string;
	/** What the consumer is given, as JSON text. */
	readonly payload: string;
	readonly ifindex?: number;
	readonly ifname?: string;
}

export type Operation = 'add-iface' | 'del-iface' | 'update-routes';

/** A call of the container runtime. */
export interface RuntimeCall extends Call {
	readonly op: Operation;
}

/** Somebody who is told what changes, one call at a time: a container runtime, a hook program, nobody (`--dry-run`). */
export interface Consumer<Told extends Call> {
	/** Never rejects. */
	tell(call: Told): Promise<CallOutcome>;
	/** Waits at most that long for a call that runs, then kills it. */
	close(graceMs: number): Promise<void>;
}

/** One call that has ended, for those who watch. */
export interface CallReport extends Call {
	readonly type: 'call';
	readonly ok: boolean;
	/** Consecutive tries of the same, from 1. */
	readonly attempt: number;
	readonly durationMs: number;
	readonly reason?: string;
	readonly stderr?: string;
	/** How long until it is tried again. */
	readonly retryInMs?: number;
}
