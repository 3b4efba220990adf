import type {Operation} from '../model/call.js';
import type {Log} from '../model/log.js';
import type {ProcessEnd} from '../process/child.js';
import {findProgram} from '../process/find-program.js';
import type {Mortality} from '../process/mortal.js';
import type {SpawnError} from '../process/spawn-error.js';
import {CallShell} from './call-shell.js';
import {differingNames, type Environment, firstRepair, ownEnvironment, parseEnvironment, type Repair, repairOf} from './environment.js';

/** The most calls whose remaining processes keep their stderr; beyond that, the oldest lose it. */
const mostLingering = 32;

/** The limit for a test of the shell, which takes a few milliseconds. */
const trialLimitMs = 5000;

/** How to pass the environment on, or why that could not be found out yet. */
interface Learned {
	readonly repair: Repair;
	readonly failure?: SpawnError;
}

/** The process of one call. */
export interface RuntimeProcess {
	readonly end: Promise<ProcessEnd>;
	/** The last part of what it has written to its stderr so far. */
	stderrTail(): string;
	/** Kills it and everything in its process group. */
	kill(): void;
}

/** What is the same for every call. */
export interface RuntimeCommand {
	readonly path: string;
	readonly sandbox: string;
	readonly sharedFile: string;
	/** No call outlives netmon. */
	readonly mortality: Mortality;
}

/** Starts `RUNTIME kata-network OPERATION SANDBOX FILE`. One shell waits to become the process of the next call. */
export class PreparedLauncher {
	readonly #command: RuntimeCommand;
	readonly #log: Pick<Log, 'warn'>;
	#waiting: CallShell | undefined;
	#repair: Repair | undefined;
	#learning: Promise<Learned> | undefined;
	#lingering: CallShell[] = [];
	#closed = false;

	constructor(command: RuntimeCommand, log: Pick<Log, 'warn'>) {
		this.#command = command;
		this.#log = log;
	}

	/** Starts a waiting shell. Call it when there is time. */
	prepare(): void {
		if (this.#closed || this.#waiting?.alive) return;
		if (this.#repair === undefined) void this.#learn().then((learned) => learned.failure ?? this.prepare());
		else this.#waiting = this.#start(this.#repair);
	}

	launch(op: Operation): RuntimeProcess | Promise<RuntimeProcess> {
		const repair = this.#repair;
		if (repair !== undefined) return this.#launch(op, repair);
		return this.#learn().then(({failure, repair: learned}) => (failure === undefined ? this.#launch(op, learned) : failedStart(failure)));
	}

	close(): void {
		this.#closed = true;
		this.#waiting?.dismiss();
		this.#waiting = undefined;
	}

	#launch(op: Operation, repair: Repair): RuntimeProcess {
		const shell = this.#waiting?.alive ? this.#waiting : this.#start(repair);
		this.#waiting = undefined;
		shell.become(op);
		// Start the next shell while this call runs, so that no call waits for it.
		setTimeout(() => this.prepare(), 1).unref();
		void shell.end.then(() => this.#linger(shell));
		return shell;
	}

	#start(repair: Repair): CallShell {
		const {path, sandbox, sharedFile, mortality} = this.#command;
		return new CallShell([path, 'kata-network', sandbox, sharedFile], {mortality, stdout: 'ignore', repair});
	}

	/** Keeps the stderr of a call open for what it left running, which would otherwise die of SIGPIPE when it writes. */
	#linger(shell: CallShell): void {
		this.#lingering = [...this.#lingering.filter((other) => other.stderrOpen), shell];
		if (this.#lingering.length > mostLingering) this.#lingering.shift()?.closeStderr();
	}

	#learn(): Promise<Learned> {
		this.#learning ??= this.#tryRepairs().then((learned) => {
			this.#learning = undefined;
			if (learned.failure === undefined) this.#repair = learned.repair;
			return learned;
		});
		return this.#learning;
	}

	/** Finds out what /bin/sh passes on by trying it. */
	async #tryRepairs(): Promise<Learned> {
		const own = ownEnvironment();
		const searchPath = process.env['PATH'] ?? '';
		const first = firstRepair(own);
		const cat = findProgram('cat', searchPath);
		if (cat === undefined) return {repair: first};
		const {failure, environment = own} = await this.#handedOn(cat, first);
		const repair = repairOf(own, environment, first, findProgram('env', searchPath));
		if (failure !== undefined) return {repair, failure};
		const later = repair === first ? environment : ((await this.#handedOn(cat, repair)).environment ?? own);
		const names = differingNames(own, later);
		if (names.length > 0) this.#log.warn({names}, 'cannot pass these environment variables to the runtime unchanged');
		return {repair};
	}

	async #handedOn(cat: string, repair: Repair): Promise<{readonly environment?: Environment; readonly failure?: SpawnError}> {
		const {mortality} = this.#command;
		const shell = new CallShell([cat, '/proc/self/environ', '/dev/null', '/dev/null'], {mortality, stdout: 'pipe', repair});
		shell.become('/dev/null');
		const timer = setTimeout(() => shell.kill(), trialLimitMs);
		const {exitCode, failure} = await shell.end;
		clearTimeout(timer);
		if (failure !== undefined) return {failure};
		return exitCode === 0 ? {environment: parseEnvironment(shell.stdout)} : {};
	}
}

function failedStart(failure: SpawnError): RuntimeProcess {
	return {end: Promise.resolve({exitCode: undefined, signal: undefined, failure}), stderrTail: () => '', kill() {}};
}
