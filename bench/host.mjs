import {execFileSync, spawn} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import {createInterface} from 'node:readline';
import {netmon} from './monitor.mjs';
import {descendantsOf, effortOf, memoryOf} from './processes.mjs';
import {statisticsOf} from './statistics.mjs';
import {sleep, waitFor} from './wait.mjs';

/** Servers of questions go two seconds after the last one, and garbage some seconds later. */
const calmMs = 12_000;

/** What many namespaces in one process cost, for each of them, and how little one of them disturbs another. Needs root. */
export async function measureHost(context) {
	const rows = [];
	const checks = [];
	const check = (what, value, limit, unit) => checks.push({what, value, limit, unit, holds: value <= limit});
	await measureWarm(context, rows);
	for (const count of context.quick ? [50] : [50, 200]) {
		context.say(`host, ${count} namespaces`);
		const names = Array.from({length: count}, (_, n) => `netmon-bench-${process.pid}-${n}`);
		let host;
		try {
			for (const name of names) fill(name);
			const one = await Watch.start(names[0]);
			await sleep(calmMs);
			const idleOne = one.cost();
			await one.stop();
			host = await Watch.start(`netmon-bench-${process.pid}-*`, count);
			rows.push({what: `${count} namespaces: first picture of all`, unit: 's', median: host.startMs / 1000});
			check(`${count} namespaces: all watched within 10 s`, host.startMs / 1000, 10, 's');
			await sleep(calmMs);
			const idle = host.cost();
			const each = (name) => (idle[name] - idleOne[name]) / (count - 1);
			rows.push({what: `${count} namespaces: Pss of all processes`, unit: 'MB', median: idle.pss});
			rows.push({what: `${count} namespaces: Pss of Node`, unit: 'MB', median: idle.nodePss});
			rows.push({
				what: `${count} namespaces: one process each`,
				unit: 'MB',
				median: idleOne.pss * count,
				ratio: (idleOne.pss * count) / idle.pss,
				of: 'one process',
			});
			check(`${count} namespaces: a further one takes at most 0.6 MB (Pss)`, (idle.pss - idleOne.nodePss) / count, 0.6, 'MB');
			check(`${count} namespaces: processes for each`, idle.processes / count, 2, '');
			check(`${count} namespaces: descriptors of netmon for a further one`, each('descriptors'), 6, '');
			const before = host.effort();
			await sleep(10_000);
			rows.push({
				what: `${count} namespaces: processor time in a second, polls counted`,
				unit: 'ms',
				median: (host.effort() - before) / 10,
			});
			const calm = await host.delays(names[0]);
			const storm = inNamespace(names[1], ['-force', '-batch', '-'], routes(context.quick ? 2000 : 5000));
			const stormy = await host.delays(names[0]);
			storm.kill('SIGKILL');
			rows.push({what: `${count} namespaces: event, calm`, unit: 'ms', median: statisticsOf(calm).median});
			rows.push({what: `${count} namespaces: event, with a storm in another`, unit: 'ms', median: statisticsOf(stormy).median});
			check(
				`${count} namespaces: a storm in one delays another by at most 50 ms`,
				statisticsOf(stormy).median - statisticsOf(calm).median,
				50,
				'ms',
			);
		} finally {
			await host?.stop();
			for (const name of names) ip(['netns', 'del', name], true);
		}
	}
	return {rows, checks};
}

/** What it costs and buys that so few namespaces keep their ip -batch waiting (mostWarm, src/app/watch-host.ts). */
async function measureWarm(context, rows) {
	const names = Array.from({length: 5}, (_, n) => `netmon-bench-${process.pid}-warm${n}`);
	try {
		for (const name of names) fill(name);
		for (const count of [4, 5]) {
			const kept = count === 4 ? 'ip -batch kept waiting' : 'none kept waiting';
			context.say(`host, ${count} namespaces, ${kept}`);
			const watch = await Watch.start(names.slice(0, count), count);
			await sleep(calmMs);
			const {pss, nodePss, processes} = watch.cost();
			rows.push({what: `${count} namespaces, ${kept}: processes for each`, unit: '', median: processes / count});
			rows.push({what: `${count} namespaces, ${kept}: Pss of these for each`, unit: 'MB', median: (pss - nodePss) / count});
			const delays = [];
			// Each after calm, as an event comes that nobody expects.
			for (let n = 0; n < (context.quick ? 5 : 20); n += 1) {
				await sleep(2500);
				delays.push(await watch.delay(names[0], `10.${200 + count}.${n}.0/24`));
			}
			rows.push({what: `${count} namespaces, ${kept}: event after calm`, unit: 'ms', median: statisticsOf(delays).median});
			await watch.stop();
		}
	} finally {
		for (const name of names) ip(['netns', 'del', name], true);
	}
}

class Watch {
	#child;
	#waiting = new Map();
	#ready = 0;
	startMs = 0;

	static async start(netns, count = 1) {
		const watch = new Watch();
		await watch.#open(netns, count);
		return watch;
	}

	async #open(netns, count) {
		const began = performance.now();
		const named = [netns].flat().flatMap((name) => ['--netns', name]);
		this.#child = spawn(netmon[0], [...netmon.slice(1), 'watch', '--json', ...named], {stdio: ['ignore', 'pipe', 'inherit']});
		createInterface({input: this.#child.stdout}).on('line', (line) => {
			if (line.includes('"event":"ready"')) this.#ready += 1;
			const dst = /"event":"route-added".*"dst":"([^"]*)"/.exec(line)?.[1];
			this.#waiting.get(dst)?.();
		});
		await waitFor('the first pictures', () => this.#ready === count, 120_000);
		this.startMs = performance.now() - began;
	}

	cost() {
		const {pid} = this.#child;
		const helpers = descendantsOf(pid);
		const nodePss = memoryOf(pid).pss;
		const pss = helpers.reduce((sum, helper) => sum + memoryOf(helper).pss, nodePss);
		return {pss, nodePss, processes: helpers.length, descriptors: readdirSync(`/proc/${pid}/fd`).length};
	}

	/** Processor time so far, in ms: netmon's, and that of the children which have ended (cutime and cstime are in ticks of 10 ms). */
	effort() {
		const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'latin1');
		const [, ...fields] = stat.slice(stat.lastIndexOf(')')).split(' ');
		const own = fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * 10, 0);
		return descendantsOf(this.#child.pid).reduce((sum, pid) => sum + effortOf(pid).cpuMs, own);
	}

	/** Of twenty changes. */
	async delays(name) {
		const delays = [];
		for (let n = 0; n < 20; n += 1) {
			const dst = `10.${200 + (this.#waiting.size % 50)}.${n}.0/24`;
			delays.push(await this.delay(name, dst));
		}
		return delays;
	}

	/** From a change to its event, in ms. */
	async delay(name, dst) {
		const seen = new Promise((resolve) => this.#waiting.set(dst, resolve));
		const began = performance.now();
		ip(['-n', name, 'route', 'replace', dst, 'dev', 'lo']);
		await seen;
		return performance.now() - began;
	}

	async stop() {
		const ended = new Promise((resolve) => this.#child.once('close', resolve));
		this.#child.kill('SIGTERM');
		await ended;
	}
}

function fill(name) {
	ip(['netns', 'add', name]);
	ip(['-n', name, 'link', 'set', 'lo', 'up']);
	ip(['-n', name, 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1']);
	ip(['-n', name, 'addr', 'add', '10.0.0.2/24', 'dev', 'v0']);
	ip(['-n', name, 'link', 'set', 'v0', 'up']);
	ip(['-n', name, 'link', 'set', 'v1', 'up']);
}

const routes = (count) => Array.from({length: count}, (_, n) => `route add 20.${n >> 8}.${n & 255}.0/24 dev lo\n`).join('');

function inNamespace(name, args, input) {
	const child = spawn('ip', ['-n', name, ...args], {stdio: ['pipe', 'ignore', 'ignore']});
	child.stdin.on('error', () => undefined);
	child.stdin.end(input);
	return child;
}

function ip(args, forgiving = false) {
	try {
		execFileSync('ip', args, {stdio: ['ignore', 'ignore', forgiving ? 'ignore' : 'inherit']});
	} catch (error) {
		if (!forgiving) throw error;
	}
}
