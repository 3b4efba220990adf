import {spawn} from 'node:child_process';
import {contestants, Monitor} from './monitor.mjs';
import {Namespace} from './namespace.mjs';
import {statisticsOf} from './statistics.mjs';

/** What is in the namespace, and how often each change is made in it. */
const configurations = [
	{interfaces: 10, routes: 10, links: 100, adds: 100},
	{interfaces: 1000, routes: 10, links: 40, adds: 40},
	{interfaces: 3000, routes: 10, links: 25, adds: 25},
	{interfaces: 10, routes: 1000, links: 0, adds: 60},
	{interfaces: 10, routes: 10_000, links: 0, adds: 40},
	{interfaces: 10, routes: 100_000, links: 0, adds: 12},
];
const quickShare = 0.2;
/** With fewer, the median among 1,000 interfaces varies by more than its limit. */
const quickLinks = 20;
/** The original takes a minute for one change of 100,000 routes. */
const mostRoutesOfOriginal = 10_000;

/** Median of the time to a call, as a share of what the original in Go takes. */
const limitsBesideOriginal = [
	{kind: 'link', interfaces: 10, routes: 10, limit: 2.6},
	{kind: 'route', interfaces: 10, routes: 10, limit: 1.9},
	{kind: 'route', interfaces: 1000, routes: 10, limit: 0.2},
	{kind: 'route', interfaces: 10, routes: 1000, limit: 0.16},
	{kind: 'route', interfaces: 10, routes: 10_000, limit: 0.12},
];
/** So much longer may a link among 1,000 take than among 10. */
const moreAmongThousandMs = 2;

/**
 * From the kernel's event to the first instruction of the runtime: the clock is read just before the
 * change is sent to the kernel, and again by the runtime. The contestants take turns.
 */
export async function measureLatency(context) {
	const rows = [];
	const checks = [];
	for (const configuration of configurations) {
		const {interfaces, routes, links, adds} = configuration;
		context.say(`latency with ${interfaces} interfaces and ${routes} routes`);
		const counts = context.quick
			? {...configuration, links: Math.min(links, quickLinks), adds: Math.ceil(adds * quickShare)}
			: configuration;
		const against = context.original && routes > mostRoutesOfOriginal ? undefined : context.against;
		const results = await measureOne(counts, contestants(context.programs, against), context);
		for (const [what, values] of Object.entries(results)) rows.push({what, interfaces, routes, unit: 'ms', ...statisticsOf(values)});
	}
	addChecks(rows, checks, context.original);
	return {rows, checks};
}

/** Contestants take turns, each in a namespace of its own that holds the same. */
export async function measureOne({interfaces, routes, links, adds}, list, context) {
	const running = [];
	const results = {};
	const record = (what, ms) => {
		results[what] ??= [];
		results[what].push(ms);
	};
	try {
		for (const contestant of list) {
			const namespace = await Namespace.make(context.programs);
			const entry = {name: contestant.name, namespace, slowest: 0};
			running.push(entry);
			namespace.fill({interfaces, routes});
			entry.monitor = new Monitor(contestant.command, namespace, {...context, env: contestant.env, argsOf: contestant.argsOf});
			await entry.monitor.ready();
		}
		const f0 = Number(/^(\d+):/.exec(running[0].namespace.ip(['-o', 'link', 'show', 'dev', 'f0']))[1]);
		for (let n = 0; n < Math.max(links, adds); n += 1) {
			for (const entry of running) {
				if (n < links) record(`link, ${entry.name}`, await linkUp(entry, n));
				if (n < adds) record(`route, ${entry.name}`, await routeAdded(entry, n, f0));
			}
			if (routes >= 1000 && n < 20) record('ip -j -d route show', await timeOfIp(running[0].namespace, ['route', 'show']));
			if (interfaces >= 1000 && n < 10) record('ip -j -d addr show', await timeOfIp(running[0].namespace, ['addr', 'show']));
		}
	} finally {
		for (const {monitor, namespace} of running) {
			await monitor?.stop();
			namespace.close();
		}
	}
	return results;
}

/** An interface that has an address goes up. */
async function linkUp(entry, n) {
	const {namespace, monitor} = entry;
	const index = 100_000 + n;
	namespace.batch([`link add m${n} index ${index} type ${namespace.kind}`, `addr add 10.99.${n & 255}.1/24 dev m${n}`]);
	await rest(entry);
	const {before} = await namespace.change(`up ${index}`);
	const call = await monitor.log.first('add-iface', before);
	await rest(entry);
	namespace.batch([`link del m${n}`]);
	await rest(entry);
	return taken(entry, call, before);
}

async function routeAdded(entry, n, index) {
	const {namespace, monitor} = entry;
	const address = `10.98.${n >> 8}.${n & 255}`;
	const {before} = await namespace.change(`add ${address} ${index}`);
	const call = await monitor.log.first('update-routes', before);
	await rest(entry);
	await namespace.change(`del ${address} ${index}`);
	await rest(entry);
	return taken(entry, call, before);
}

function taken(entry, call, before) {
	const ms = (call.began - before) / 1e6;
	entry.slowest = Math.max(entry.slowest, ms);
	return ms;
}

/** Until it has certainly done all that follows from the last change. */
function rest({monitor, slowest}) {
	return monitor.log.quiet(Math.max(40, slowest * 2));
}

/** How long `ip` itself takes to say it, to nobody. */
export function timeOfIp(namespace, words) {
	const [file, args] = namespace.command('ip', ['-j', '-d', ...words]);
	const begun = performance.now();
	return new Promise((resolve, reject) => {
		const child = spawn(file, args, {stdio: 'ignore'});
		child.once('error', reject);
		child.once('exit', () => resolve(performance.now() - begun));
	});
}

function addChecks(rows, checks, besideOriginal) {
	const median = (what, interfaces, routes) =>
		rows.find((row) => row.what === what && row.interfaces === interfaces && row.routes === routes)?.median;
	const check = (what, value, limit, unit) => checks.push({what, value, limit, unit, holds: value <= limit});
	const more = median('link, kata-netmon', 1000, 10) - median('link, kata-netmon', 10, 10);
	check(`link at 1000 interfaces: at most ${moreAmongThousandMs} ms more than at 10`, more, moreAmongThousandMs, 'ms');
	if (!besideOriginal) return;
	for (const {kind, interfaces, routes, limit} of limitsBesideOriginal) {
		const ratio = median(`${kind}, kata-netmon`, interfaces, routes) / median(`${kind}, against`, interfaces, routes);
		check(`${kind} at ${interfaces} interfaces and ${routes} routes: at most ${limit} x the original`, ratio, limit, 'x');
	}
}
