/** How one call to a consumer ended. */
export type CallOutcome = {
	/** How long it waited for its turn among those of other consumers. */
	readonly waitedMs?: number;
} & (
	| {readonly ok: true}
	| {
			readonly ok: false;
			/** What happened, in a few words. */
			readonly reason: string;
			/** The last part of the consumer's stderr. */
			readonly stderr?: string;
			/** False if its process could not be started. */
			readonly started?: false;
	  }
);

/** What one call tells the consumer. */
export interface Call {
	/** The kind of call: `add-iface`, … */
	readonly op: string;
	/** What the consumer receives, as JSON text. */
	readonly payload: string;
	readonly ifindex?: number;
	readonly ifname?: string;
}

export type Operation = 'add-iface' | 'del-iface' | 'update-routes';

/** A call to the container runtime. */
export interface RuntimeCall extends Call {
	readonly op: Operation;
}

/** Is told about changes, one call at a time: a container runtime, a hook program, or nobody (`--dry-run`). */
export interface Consumer<OwnCall extends Call> {
	/** Never rejects. */
	tell(call: OwnCall): Promise<CallOutcome>;
	/** Waits at most this long for the running call, then kills it. */
	close(graceMs: number): Promise<void>;
}

/** One call that has ended, for observers. */
export interface CallReport extends Call {
	readonly ok: boolean;
	/** Consecutive attempts of the same call, from 1. */
	readonly attempt: number;
	readonly durationMs: number;
	readonly reason?: string;
	readonly stderr?: string;
	/** How long until the retry. */
	readonly retryInMs?: number;
}
