import type {Operation} from '../model/call.js';
import type {ProcessEnd} from '../process/child.js';
import type {Mortality} from '../process/mortal.js';

/** The process of one call. */
export interface RuntimeProcess {
	readonly end: Promise<ProcessEnd>;
	/** The last part of what it has written to its stderr so far. */
	stderrTail(): string;
	/** Kills it and everything in its process group. */
	kill(): void;
}

/** Starts the process of a call: `RUNTIME kata-network OPERATION SANDBOX FILE`. */
export interface RuntimeLauncher {
	launch(op: Operation): RuntimeProcess | Promise<RuntimeProcess>;
	/** No more processes will be launched. */
	close(): void;
}

/** What is the same for every call. */
export interface RuntimeCommand {
	readonly path: string;
	readonly sandbox: string;
	readonly sharedFile: string;
	/** No call outlives netmon. */
	readonly mortality: Mortality;
}
