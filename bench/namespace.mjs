import {execFileSync, spawn} from 'node:child_process';
import {readlinkSync} from 'node:fs';
import {createInterface} from 'node:readline';
import {waitFor} from './wait.mjs';

const isRoot = process.getuid?.() === 0;
const unshare = isRoot ? ['--net'] : ['--map-root-user', '--net'];

/** A network namespace of its own, without IPv6 (its duplicate address detection makes events of its own). */
export class Namespace {
	#holder;
	#change;
	#answers = [];
	#kind;

	/** @param programs the compiled ones; without them `change` cannot be used */
	static async make(programs) {
		const namespace = new Namespace();
		await namespace.#open(programs);
		return namespace;
	}

	async #open(programs) {
		this.#holder = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', ...unshare, 'sleep', 'infinity'], {stdio: 'ignore'});
		const own = readlinkSync('/proc/self/ns/net');
		await waitFor('a namespace', () => {
			try {
				return readlinkSync(`/proc/${this.pid}/ns/net`) !== own && readlinkSync(`/proc/${this.pid}/exe`).includes('sleep');
			} catch {
				return false;
			}
		});
		const [file, args] = this.command('sh', ['-c', 'for c in all default; do echo 1 >/proc/sys/net/ipv6/conf/$c/disable_ipv6; done']);
		try {
			execFileSync(file, args, {stdio: 'ignore'});
		} catch {
			// No IPv6, or /proc/sys is not writable: some more events then.
		}
		this.ip(['link', 'set', 'lo', 'up']);
		this.#kind = this.#usableKind();
		if (programs === undefined) return;
		const [changeFile, changeArgs] = this.command(programs.change, []);
		this.#change = spawn(changeFile, changeArgs, {stdio: ['pipe', 'pipe', 'inherit']});
		createInterface({input: this.#change.stdout}).on('line', (line) => this.#answers.shift()?.(line));
	}

	get pid() {
		return this.#holder.pid;
	}

	/** Whatever this kernel has that is running as soon as it is up. */
	#usableKind() {
		for (const kind of ['dummy', 'ifb']) {
			try {
				this.ip(['link', 'add', 'probe', 'type', kind]);
				this.ip(['link', 'del', 'probe']);
				return kind;
			} catch {
				// Not in this kernel.
			}
		}
		throw new Error('this kernel has neither dummy nor ifb interfaces');
	}

	get kind() {
		return this.#kind;
	}

	/** The command line that runs a program in it. */
	command(file, args) {
		const enter = isRoot ? [`--net=/proc/${this.pid}/ns/net`] : ['--user', '--net', '--preserve-credentials', '--target', String(this.pid)];
		return ['nsenter', [...enter, '--', file, ...args]];
	}

	ip(args) {
		const [file, rest] = this.command('ip', args);
		return execFileSync(file, rest, {encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 30});
	}

	/** Many commands of `ip` in one process. */
	batch(lines) {
		if (lines.length === 0) return;
		const [file, rest] = this.command('ip', ['-batch', '-']);
		execFileSync(file, rest, {input: `${lines.join('\n')}\n`, stdio: ['pipe', 'ignore', 'pipe']});
	}

	/** Fills it: interfaces that are up with an address each, and routes. */
	fill({interfaces, routes}) {
		const links = [];
		for (let n = 0; n < interfaces; n += 1) {
			const address = `10.${100 + Math.floor(n / 65_536)}.${(n >> 8) & 255}.${n & 255}`;
			links.push(`link add f${n} type ${this.#kind}`, `addr add ${address}/32 dev f${n}`, `link set f${n} up`);
		}
		this.batch(links);
		this.batch(routeLines('add', routes));
	}

	/** Makes one change by netlink; resolves to the times (ns) just before it was sent and when it was done. */
	async change(line) {
		const answer = await new Promise((resolve) => {
			this.#answers.push(resolve);
			this.#change.stdin.write(`${line}\n`);
		});
		const [before, after, error] = answer.split(' ').map(Number);
		if (error !== 0) throw new Error(`the kernel refused "${line}": error ${error}`);
		return {before, after};
	}

	close() {
		this.#change?.kill('SIGKILL');
		this.#holder.kill('SIGKILL');
	}
}

/** Lines of `ip -batch` for so many routes through the first interface. */
export function routeLines(verb, count, first = 0) {
	return Array.from({length: count}, (_, index) => {
		const n = first + index;
		return `route ${verb} ${20 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}.0/24 dev f0`;
	});
}
