import type {Operation} from '../model/call.js';

/** How the process of one call ended. */
export interface ProcessEnd {
	readonly exitCode: number | undefined;
	readonly signal: string | undefined;
	/** Why it could not be started. */
	readonly failure?: string;
}

/** The process of one call. */
export interface RuntimeProcess {
	readonly end: Promise<ProcessEnd>;
	/** The end of what it has written to its stderr so far. */
	stderrTail(): string;
	/** Kills it and all that is in its process group. */
	kill(): void;
}

/** Starts the process of a call: `RUNTIME kata-network OPERATION SANDBOX FILE`. */
export interface RuntimeLauncher {
	launch(op: Operation): RuntimeProcess | Promise<RuntimeProcess>;
	/** Nothing more will be launched. */
	close(): void;
}

/** What never changes from call to call. */
export interface RuntimeCommand {
	readonly path: string;
	readonly sandbox: string;
	readonly sharedFile: string;
	/** setpriv of util-linux, which lets no call outlive netmon; undefined where there is none. */
	readonly setpriv: string | undefined;
}

const longestTail = 4096;

/** Keeps the last few kilobytes of a stream, however much comes. */
export class Tail {
	#text = '';

	push(chunk: Buffer): void {
		this.#text = (this.#text + chunk.toString('utf8')).slice(-longestTail);
	}

	toString(): string {
		return this.#text.trim();
	}
}
