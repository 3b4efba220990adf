import {Child, type ProcessEnd} from '../../process/child.js';
import type {SpawnError} from '../../process/spawn-error.js';
import {monotonicMs} from '../../time/clock.js';
import {type IpProgram, ipCommand} from '../ip-program.js';
import {mainTable, type RouteTables} from '../route-tables.js';
import {LineFlood} from './line-flood.js';
import {LineReader} from './line-reader.js';
import {type MonitorEvent, parseMonitorLine} from './monitor-line.js';
import {listeningSocket, openSockets} from './netlink-sockets.js';

export interface MonitorHandlers {
	onEvents(events: readonly MonitorEvent[]): void;
	/** Events may be missing, and what follows is not reliable. */
	onLoss(reason: string): void;
	/** The process is gone or useless. `failure` is set if it could not be started. Called once. */
	onEnd(reason: string, failure?: SpawnError): void;
}

/** The receive buffer that the monitor's socket requests; net.core.rmem_max limits it silently. */
const receiveBufferBytes = 32 * 1024 * 1024;

const monitorArgs = ['-rcvbuf', String(receiveBufferBytes), '-j', '-o', 'monitor', 'label', 'link', 'address', 'route'];

/**
 * What `ip` says if it does not know the object (before 5.3), or if the kernel does not know the group: `Argument "nexthop" is unknown`,
 * `Failed to add nexthop group to list` (do_ipmonitor, ip/ipmonitor.c).
 */
const noNexthops = /nexthop/i;

/** The longest wait for the second socket. After that, readiness is assumed, and the log says so. */
const readyLimitMs = 5000;
/** Pause between two checks of /proc while `ip monitor` starts (it takes 2 to 5 ms with few links). */
const readyPollMs = 1;

/** After this time, a monitor that is not ready is checked more closely. */
const lateMs = 100;
/** How long after readiness to check the death signal: not while the first picture is taken. */
const signalCheckMs = 20;

/** A monitor that has closed its output but lives longer than this is useless. */
const deathMs = 50;

/** In a flood, lines are read after pauses. The socket holds 280 lines. When it is full, `ip` waits, and the kernel keeps the events. */
const gatherMs = 2;

/** What `ip` prints when the kernel has dropped events (rtnl_listen, lib/libnetlink.c). */
const lossLine = /no buffer space|receive error|overrun|truncated|buffer too small/i;
/** Lines of stdout to ignore: other objects, timestamps, continuations. JSON is not ignored. */
const harmlessLine = /^\[(?!\{)|^Timestamp: |^[ \t]|^$/;

/** One `ip monitor`. Having its second socket makes it ready, not the subscription (docs/iproute2.md, "Start, loss and death"). */
export class MonitorProcess {
	/** Resolves to true if readiness was seen, and to false if it is assumed. Never rejects. */
	readonly ready: Promise<boolean>;
	readonly #program: IpProgram;
	readonly #handlers: MonitorHandlers;
	readonly #tables: RouteTables;
	readonly #lastErrors: string[] = [];
	readonly #flood = new LineFlood();
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

	/** Undefined if it could not be started. */
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
		const options = {stdin: 'ignore', stdout: 'pipe', holdsOutput: true, deafMs: deathMs, env: environment} as const;
		return new Child(ipCommand(this.#program, args), mortality, options, {
			onStdout: (chunk) => this.#take(lines.push(chunk)),
			onStderr: (chunk) => {
				for (const line of errorLines.push(chunk)) this.#takeError(line);
			},
			onDeaf: (reason) => this.#end(reason),
			onEnd: (end) => this.#died(end),
		});
	}

	/** Starts another one instead, before anything was read. The first one was refused something that netmon can do without. */
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
		if (this.#flood.shouldWait(lines.length, monotonicMs())) this.#child.holdOutput(gatherMs);
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

	/** Ends a monitor that would outlive netmon; the next one is started in another way. */
	#checkDeathSignal(): void {
		const {pid} = this;
		if (this.#ended || pid === undefined) return;
		if (this.#program.mortality.blameProgram(pid, this.#program.path)) this.#end('the kernel has cleared its death signal');
	}

	async #awaitSecondSocket(): Promise<boolean> {
		const until = monotonicMs() + readyLimitMs;
		let closerLookAt = until - readyLimitMs + lateMs;
		while (!this.#ended && monotonicMs() < until) {
			await new Promise((resolve) => setTimeout(resolve, readyPollMs));
			const {pid} = this;
			if (pid !== undefined && openSockets(pid).length >= 2) return true;
			// An ordinary user cannot see the descriptors of a process that has gained privileges.
			if (pid !== undefined && monotonicMs() > closerLookAt) {
				closerLookAt = until;
				if (this.#program.mortality.blameProgram(pid, this.#program.path)) this.#startAgain();
			}
		}
		return false;
	}
}
