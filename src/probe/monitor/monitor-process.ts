import {type ChildProcess, spawn} from 'node:child_process';
import {killGroup} from '../../process/kill-group.js';
import {pipesRead} from '../../process/pipes-read.js';
import {type IpProgram, mortalCommand, mortalOptions} from '../ip-program.js';
import {LineReader} from './line-reader.js';
import {type MonitorEvent, parseMonitorLine} from './monitor-line.js';
import {listeningSocket, openSockets} from './netlink-sockets.js';

export interface MonitorHandlers {
	onEvents(events: readonly MonitorEvent[]): void;
	/** Events may be missing; what is seen afterwards may be anything. */
	onLoss(reason: string): void;
	/** The process is gone, or of no use any more. Called once. */
	onEnd(reason: string): void;
}

/** Asked of the kernel for the monitor's socket; net.core.rmem_max caps it silently. */
const receiveBufferBytes = 32 * 1024 * 1024;

const monitorArgs = ['-rcvbuf', String(receiveBufferBytes), '-j', '-o', 'monitor', 'label', 'link', 'address', 'route', 'nexthop'];

/** Longest wait for the second socket, after which being ready is assumed and said. */
const readyLimitMs = 5000;
/** Between two looks at /proc while `ip monitor` starts (it takes 2 to 5 ms with few links). */
const readyPollMs = 1;

/** A monitor whose output has ended is dead within this time, or it lives and is of no use. */
const deathMs = 50;

/** What `ip` prints where the kernel had to drop events (rtnl_listen, lib/libnetlink.c). */
const lossLine = /no buffer space|receive error|overrun|truncated|buffer too small/i;
/** Lines of stdout that are no events and mean nothing: other objects, timestamps, continuations; JSON means something. */
const harmlessLine = /^\[(?!\{)|^Timestamp: |^[ \t]|^$/;

/** One `ip monitor`. It is ready when it has its second socket, not when it is subscribed (docs/iproute2.md, "Start, loss and death"). */
export class MonitorProcess {
	readonly pid: number | undefined;
	/** Resolves to whether being ready was seen (true) or had to be assumed; never rejects. */
	readonly ready: Promise<boolean>;
	readonly #child: ChildProcess;
	readonly #handlers: MonitorHandlers;
	readonly #lastErrors: string[] = [];
	#ended = false;
	#drops = 0;

	constructor(program: IpProgram, handlers: MonitorHandlers) {
		this.#handlers = handlers;
		const {file, args} = mortalCommand(program, monitorArgs, false);
		// Not execa: nothing is awaited or collected here, and this is on the way to being subscribed.
		this.#child = spawn(file, args, mortalOptions(program, 'ignore'));
		this.pid = this.#child.pid;
		this.#read();
		this.ready = this.#awaitSecondSocket();
	}

	/** Whether the kernel has dropped events since the last call (the Drops column of /proc/PID/net/netlink). */
	hasDropped(): boolean {
		const drops = (this.pid === undefined ? undefined : listeningSocket(this.pid)?.drops) ?? this.#drops;
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
		killGroup(this.#child.pid);
		for (const stream of this.#child.stdio) stream?.destroy();
	}

	#read(): void {
		const child = this.#child;
		const lines = new LineReader(() => this.#lose('a line longer than any event'));
		child.stdout?.on('data', (chunk: Buffer) => this.#take(lines.push(chunk)));
		const errorLines = new LineReader(() => this.#lose('a flood of error messages'));
		child.stderr?.on('data', (chunk: Buffer) => {
			for (const line of errorLines.push(chunk)) this.#takeError(line);
		});
		// At its death the output ends first: how it died says more, and comes at once.
		child.stdout?.on('end', () => setTimeout(() => this.#end('closed its output'), deathMs));
		child.on('error', (error) => this.#end(error.message));
		child.on('exit', (code, signal) => {
			// What stands in the pipes is still read: 'end' follows, but an exit is enough to end.
			void pipesRead().then(() => this.#end(signal === null ? `exit code ${code}` : `signal ${signal}`));
		});
	}

	#take(lines: readonly string[]): void {
		const events: MonitorEvent[] = [];
		let strange: string | undefined;
		for (const line of lines) {
			const event = parseMonitorLine(line);
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

	#end(reason: string): void {
		if (this.#ended) return;
		const said = this.#lastErrors.length === 0 ? '' : `: ${this.#lastErrors.join(' / ')}`;
		this.close();
		this.#handlers.onEnd(`${reason}${said}`);
	}

	async #awaitSecondSocket(): Promise<boolean> {
		const until = performance.now() + readyLimitMs;
		while (!this.#ended && performance.now() < until) {
			if (this.pid === undefined) return false;
			if (openSockets(this.pid).length >= 2) return true;
			await new Promise((resolve) => setTimeout(resolve, readyPollMs));
		}
		return false;
	}
}
