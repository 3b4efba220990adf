import {readdirSync, readFileSync, readlinkSync} from 'node:fs';
import {isCode} from '../model/errors.js';
import {textOfLatin1} from '../text/byte-text.js';
import type {NamespaceProcess} from './found-namespace.js';

/** A young process may still enter its namespace (unshare(2) follows fork(2)): it is checked again for this long. */
const youngMs = 2000;
/** An old process may do so too, which is rare: all are checked again this often. */
const fullMs = 5000;

/**
 * Matches the command lines of netmon's `ip`: the monitor, the batch server, and a single question; also those of a shell that starts it.
 */
const netmonsIp = /\0-o\0monitor\0label\0link\0|\0-force\0-batch\0-\0|\0-j\0(?:-d\0)?(?:-[06]\0)?(?:addr|route|link)\0/;

interface Known {
	/** The target of /proc/PID/ns/net; undefined if this user may not read it, or if the process has ended. */
	readonly link: string | undefined;
	readonly since: number;
	/** Whether a netmon started it, so that it is no reason to watch its namespace; undefined if not checked yet. */
	isNetmons?: boolean;
}

/**
 * Finds the namespaces of processes. If no process has started since the last scan, it reads one link for each namespace; else one for
 * each process that is new or young.
 */
export class ProcessScan {
	readonly #proc: string;
	readonly #known = new Map<number, Known>();
	/** The process that stands for each namespace, by its link: the oldest one, until it ends. */
	#holders = new Map<string, NamespaceProcess>();
	#lastPid = '';
	#fullAt = Number.NEGATIVE_INFINITY;
	#youngUntil = Number.NEGATIVE_INFINITY;
	#hidden = false;

	/** @param proc mount point of the file system of processes */
	constructor(proc = '/proc') {
		this.#proc = proc;
	}

	/**
	 * By the target of /proc/PID/ns/net, `net:[INODE]`.
	 *
	 * @param now milliseconds on a clock that never goes back
	 */
	holders(now: number): ReadonlyMap<string, NamespaceProcess> {
		// Read this before the processes are listed: then the next scan finds one that starts meanwhile.
		const lastPid = this.#newestPid();
		const quiet = lastPid !== undefined && lastPid === this.#lastPid && now < this.#fullAt && now > this.#youngUntil;
		const stay = [...this.#holders].every(([link, {pid}]) => this.#linkOf(pid) === link);
		if (quiet && stay) return this.#holders;
		this.#lastPid = lastPid ?? '';
		this.#lookAtAll(now);
		return this.#holders;
	}

	/** Whether this user was not allowed to see the namespace of some process. A process of another user takes CAP_SYS_PTRACE (ptrace(2)). */
	get hidden(): boolean {
		return this.#hidden;
	}

	#lookAtAll(now: number): void {
		const full = now >= this.#fullAt;
		if (full) this.#fullAt = now + fullMs;
		const pids = readdirSync(this.#proc).flatMap((entry) => (/^\d+$/.test(entry) ? [Number(entry)] : []));
		const present = new Set(pids);
		for (const pid of this.#known.keys()) if (!present.has(pid)) this.#known.delete(pid);
		for (const pid of pids) {
			const known = this.#known.get(pid);
			if (known === undefined) this.#youngUntil = now + youngMs;
			else if (!full && now - known.since > youngMs) continue;
			const link = this.#linkOf(pid);
			if (known === undefined || known.link !== link) this.#known.set(pid, {link, since: known?.since ?? now});
		}
		this.#choose(pids);
	}

	#choose(pids: readonly number[]): void {
		const holders = new Map<string, NamespaceProcess>();
		for (const [link, holder] of this.#holders) if (this.#known.get(holder.pid)?.link === link) holders.set(link, holder);
		for (const pid of pids.toSorted((one, other) => one - other)) {
			const known = this.#known.get(pid);
			if (known?.link === undefined || holders.has(known.link)) continue;
			known.isNetmons ??= this.#isNetmons(pid);
			if (!known.isNetmons) holders.set(known.link, this.#describe(pid));
		}
		this.#holders = holders;
	}

	/** The pid that was assigned last: the fifth field of /proc/loadavg (proc(5)). */
	#newestPid(): string | undefined {
		return this.#read('loadavg').trim().split(' ')[4];
	}

	#linkOf(pid: number): string | undefined {
		try {
			return readlinkSync(`${this.#proc}/${pid}/ns/net`);
		} catch (error) {
			if (isCode(error, 'EACCES') || isCode(error, 'EPERM')) this.#hidden = true;
			return undefined;
		}
	}

	/**
	 * Processes that a netmon runs in a namespace keep it alive, so they must not be the reason to watch it. This includes those of other
	 * netmons: two of them would keep each other's namespaces alive.
	 */
	#isNetmons(pid: number): boolean {
		return netmonsIp.test(this.#read(`${pid}/cmdline`));
	}

	#describe(pid: number): NamespaceProcess {
		const command = textOfLatin1(this.#read(`${pid}/comm`).trimEnd());
		const container = containerIn(this.#read(`${pid}/cgroup`));
		return {pid, command, ...(container === undefined ? {} : {container})};
	}

	#read(path: string): string {
		try {
			return readFileSync(`${this.#proc}/${path}`, 'latin1');
		} catch {
			// It has ended, or this user may not look.
			return '';
		}
	}
}

/**
 * Container engines name a container's cgroup after its id: 64 hexadecimal digits (`docker-ID.scope`, `cri-containerd-ID.scope`,
 * `/docker/ID`).
 */
export function containerIn(cgroup: string): string | undefined {
	return /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/.exec(cgroup)?.[0];
}
