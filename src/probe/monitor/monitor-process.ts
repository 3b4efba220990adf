import {Child, type ProcessEnd} from '../../process/child.js';
import type {SpawnError} from '../../process/spawn-error.js';
import {type IpProgram, ipCommand} from '../ip-program.js';
import {mainTable, type RouteTables} from '../route-tables.js';
import {LineReader} from './line-reader.js';
import {type MonitorEvent, parseMonitorLine} from './monitor-line.js';
import {listeningSocket, openSockets} from './netlink-sockets.js';

export interface MonitorHandlers {
	onEvents(events: readonly MonitorEvent[]): void;
	/** Events may be missing; what is seen afterwards may be anything. */
	onLoss(reason: string): void;
	/** The process is gone, or of no use any more; `failure`: it could not even be started. Called once. */
	onEnd(reason: string, failure?: SpawnError): void;
}

/** Asked of the kernel for the monitor's socket; net.core.rmem_max caps it silently. */
const receiveBufferBytes = 32 * 1024 * 1024;

const monitorArgs = ['-rcvbuf', String(receiveBufferBytes), '-j', '-o', 'monitor', 'label', 'link', 'address', 'route'];

/**
 * What `ip` says where it does not know the object (before 5.3), or where the kernel does not know the group:
 * `Argument "nexthop" is unknown`, `Failed to add nexthop group to list` (do_ipmonitor, ip/ipmonitor.c).
 */
const noNexthops = /nexthop/i;

/** Longest wait for the second socket, after which being ready is assumed and said. */
const readyLimitMs = 5000;
/** Between two looks at /proc while `ip monitor` starts (it takes 2 to 5 ms with few links). */
const readyPollMs = 1;

/** A monitor that is not ready by then is looked at more closely. */
const lateMs = 100;
/** After it is ready: off the way of the first picture. */
const signalCheckMs = 20;

/** A monitor whose output has ended is dead within this time, or it lives and is of no use. */
const deathMs = 50;

/** What `ip` prints where the kernel had to drop events (rtnl_listen, lib/libnetlink.c). */
const lossLine = /no buffer space|receive error|overrun|truncated|buffer too small/i;
/** Lines of stdout that are no events and mean nothing: other objects, timestamps, continuations; JSON means something. */
const harmlessLine = /^\[(?!\{)|^Timestamp: |^[ \t]|^$/;

/** One `ip monitor`. It is ready when it has its second socket, not when it is subscribed (docs/iproute2.md, "Start, loss and death"). */
export class MonitorProcess {
	/** Resolves to whether being ready was seen (true) or had to be assumed; never rejects. */
	readonly ready: Promise<boolean>;
	readonly #program: IpProgram;
	readonly #handlers: MonitorHandlers;
	readonly #tables: RouteTables;
	readonly #lastErrors: string[] = [];
	#child: Child;
	#isReady = false;
	#ended = false;
	#drops = 0;

	/** @param tables whose routes are read */
	constructor(program: IpProgram, handlers: MonitorHandlers, tables: RouteTables = mainTable) {
		this.#program = program;
		this.#handlers = handlers;
		this.#tables = tables;
		this.#child = this.#start();
		this.ready = this.#becomeReady();
	}

	/** Undefined where it could not be started. */
	get pid(): number | undefined {
		return this.#child.pid;
	}

	/** Whether the kernel has dropped events since the last call (the Drops column of /proc/PID/net/netlink). */
	hasDropped(): boolean {
		const {pid} = this;
		const drops = (pid === undefined ? undefined : listeningSocket(pid)?.drops) ?? this.#drops;
		const more = drops > this.#drops;
		this.#drops = drops;
		return more;
	}

	/** Whether it leaves events unread in its socket, as a stopped or hung process does. */
	hasUnread(): boolean {
		return this.pid !== undefined && (listeningSocket(this.pid)?.unreadBytes ?? 0) > 0;
	}

	close(): void {
		this.#ended = true;
		this.#child.close();
	}

	#start(): Child {
		const {mortality, environment} = this.#program;
		const lines = new LineReader(() => this.#lose('a line longer than any event'));
		const errorLines = new LineReader(() => this.#lose('a flood of error messages'));
		const args = mortality.lacks.has('nexthop-group') ? monitorArgs : [...monitorArgs, 'nexthop'];
		const options = {stdin: 'ignore', stdout: 'pipe', deafMs: deathMs, env: environment} as const;
		return new Child(ipCommand(this.#program, args), mortality, options, {
			onStdout: (chunk) => this.#take(lines.push(chunk)),
			onStderr: (chunk) => {
				for (const line of errorLines.push(chunk)) this.#takeError(line);
			},
			onDeaf: (reason) => this.#end(reason),
			onEnd: (end) => this.#died(end),
		});
	}

	/** Starts another in its place before it has been of use: the first was refused something it can do without. */
	#startAgain(): void {
		this.#lastErrors.length = 0;
		this.#child.close();
		this.#child = this.#start();
	}

	#died({exitCode, signal, failure}: ProcessEnd): void {
		if (this.#ended) return;
		const {lacks} = this.#program.mortality;
		const refused = this.#lastErrors.find((line) => noNexthops.test(line));
		if (!this.#isReady && exitCode !== undefined && refused !== undefined && !lacks.has('nexthop-group')) {
			lacks.learn('nexthop-group', refused);
			this.#startAgain();
		} else if (failure === undefined) this.#end(signal === undefined ? `exit code ${exitCode}` : `signal ${signal}`);
		else this.#end(failure.message, failure);
	}

	#take(lines: readonly string[]): void {
		const events: MonitorEvent[] = [];
		let strange: string | undefined;
		for (const line of lines) {
			const event = parseMonitorLine(line, this.#tables);
			if (event !== undefined) events.push(event);
			else if (!harmlessLine.test(line)) strange ??= line;
		}
		if (this.#ended) return;
		if (events.length > 0) this.#handlers.onEvents(events);
		if (strange !== undefined) this.#lose(`a line that is no event: ${strange.slice(0, 80)}`);
	}

	#takeError(line: string): void {
		if (line === '') return;
		this.#lastErrors.push(line.slice(0, 200));
		if (this.#lastErrors.length > 5) this.#lastErrors.shift();
		if (lossLine.test(line)) this.#lose(line.slice(0, 200));
	}

	#lose(reason: string): void {
		if (!this.#ended) this.#handlers.onLoss(reason);
	}

	#end(reason: string, failure?: SpawnError): void {
		if (this.#ended) return;
		const said = this.#lastErrors.length === 0 ? '' : `: ${this.#lastErrors.join(' / ')}`;
		this.close();
		this.#handlers.onEnd(`${reason}${said}`, failure);
	}

	async #becomeReady(): Promise<boolean> {
		const seen = await this.#awaitSecondSocket();
		this.#isReady = true;
		setTimeout(() => this.#checkDeathSignal(), signalCheckMs).unref();
		return seen;
	}

	/** One that would outlive netmon makes room for one that does not. */
	#checkDeathSignal(): void {
		const {pid} = this;
		if (this.#ended || pid === undefined) return;
		if (this.#program.mortality.blameProgram(pid, this.#program.path)) this.#end('the kernel has cleared its death signal');
	}

	async #awaitSecondSocket(): Promise<boolean> {
		const until = performance.now() + readyLimitMs;
		let closerLookAt = until - readyLimitMs + lateMs;
		while (!this.#ended && performance.now() < until) {
			const {pid} = this;
			if (pid !== undefined && openSockets(pid).length >= 2) return true;
			// The descriptors of one that has gained privileges are not shown to an ordinary user.
			if (pid !== undefined && performance.now() > closerLookAt) {
				closerLookAt = until;
				if (this.#program.mortality.blameProgram(pid, this.#program.path)) this.#startAgain();
			}
			await new Promise((resolve) => setTimeout(resolve, readyPollMs));
		}
		return false;
	}
}
