import {createHash} from 'node:crypto';
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {CallLog} from './calls.mjs';
import {Namespace} from './namespace.mjs';
import {loadSource} from './source.mjs';
import {statisticsOf} from './statistics.mjs';
import {sleep} from './wait.mjs';

const configurations = [
	{interfaces: 10, routes: 10, count: 60},
	{interfaces: 1000, routes: 10, count: 30},
	{interfaces: 3000, routes: 10, count: 15},
	{interfaces: 10, routes: 1000, count: 30},
	{interfaces: 10, routes: 10_000, count: 20},
	{interfaces: 10, routes: 100_000, count: 8},
];

/** In the order in which they happen. */
const stageNames = [
	'kernel: until the change is made',
	'ip monitor: until its line is read',
	'until the question is asked',
	'ip -batch: until the answer is read',
	'parse',
	'diff, rules, plan, list',
	'call.json',
	'shared.json',
	'runtime: until its first instruction',
];

/**
 * Where the time goes between an event and the runtime: the daemon's own modules, put together in this process
 * with a clock read at each seam. The reading costs a microsecond or two, so the sum is the daemon's latency.
 */
export async function measureStages(context) {
	const source = await loadSource(context.scratch);
	const rows = [];
	for (const {interfaces, routes, count} of configurations) {
		if (context.quick && (interfaces > 1000 || routes > 10_000)) continue;
		context.say(`stages with ${interfaces} interfaces and ${routes} routes`);
		const kinds = routes > 10 ? ['route'] : ['link', 'route'];
		const samples = await measureOne(source, context, {interfaces, routes, count: context.quick ? Math.ceil(count / 4) : count, kinds});
		for (const kind of kinds) {
			for (const [index, stage] of stageNames.entries()) {
				rows.push({
					what: `${kind}: ${stage}`,
					kind,
					stage,
					interfaces,
					routes,
					unit: 'ms',
					...statisticsOf(samples[kind].map((sample) => sample[index])),
				});
			}
			const sums = samples[kind].map((sample) => sample.reduce((sum, ms) => sum + ms, 0));
			rows.push({what: `${kind}: all`, kind, interfaces, routes, unit: 'ms', ...statisticsOf(sums)});
		}
	}
	return {rows, checks: []};
}

/** Nanoseconds of CLOCK_MONOTONIC, which the programs in C read too. */
const now = () => Number(process.hrtime.bigint());

async function measureOne(source, context, {interfaces, routes, count, kinds}) {
	const namespace = await Namespace.make(context.programs);
	const log = new CallLog(context);
	const stamps = new Map();
	const stamp = (name) => {
		if (!stamps.has(name)) stamps.set(name, now());
	};
	let engine;
	try {
		namespace.fill({interfaces, routes});
		engine = makeEngine(source, namespace, log, stamp);
		await engine.start();
		await sleep(500);
		const samples = {};
		for (const kind of kinds) samples[kind] = [];
		const f0 = Number(/^(\d+):/.exec(namespace.ip(['-o', 'link', 'show', 'dev', 'f0']))[1]);
		let slowest = 0;
		const rest = () => log.quiet(Math.max(50, slowest * 2));
		for (let n = 0; n < count; n += 1) {
			for (const kind of kinds) {
				const index = 100_000 + n;
				if (kind === 'link')
					namespace.batch([`link add m${n} index ${index} type ${namespace.kind}`, `addr add 10.99.${n & 255}.1/24 dev m${n}`]);
				await rest();
				stamps.clear();
				const {before, after} = await namespace.change(kind === 'link' ? `up ${index}` : `add 10.98.0.${n} ${f0}`);
				const call = await log.first(kind === 'link' ? 'add-iface' : 'update-routes', before);
				await rest();
				samples[kind].push(stagesOf(stamps, kind, before, after, call.began));
				slowest = Math.max(slowest, (call.began - before) / 1e6);
				if (kind === 'link') namespace.batch([`link del m${n}`]);
				else await namespace.change(`del 10.98.0.${n} ${f0}`);
				await rest();
			}
		}
		return samples;
	} finally {
		await engine?.stop(1000);
		log.close();
		namespace.close();
	}
}

function stagesOf(stamps, kind, before, after, began) {
	const object = kind === 'link' ? 'addr' : 'route';
	const moments = [before, after];
	for (const name of ['event', `asked ${object}`, `answered ${object}`, `parsed ${object}`, 'begin', 'begun', 'launch']) {
		moments.push(stamps.get(name) ?? moments.at(-1));
	}
	moments.push(began);
	return moments.slice(1).map((moment, index) => (moment - moments[index]) / 1e6);
}

/** The parts of the daemon, with a stamp at each seam. */
function makeEngine(source, namespace, log, stamp) {
	const {BatchQueries, Engine, MonitorProcess, PreparedLauncher, RuntimeCaller, SnapshotReader, StateFile} = source;
	const quiet = {
		debug() {},
		info() {},
		warn: (fields, text) => console.error(text, fields),
		error: (fields, text) => console.error(text, fields),
	};
	const program = source.findIpProgram('ip', `/proc/${namespace.pid}/ns/net`, process.env.PATH ?? '');
	const queries = new BatchQueries(program);
	const reader = new SnapshotReader({
		ask(question, read) {
			const [object] = question.words;
			stamp(`asked ${object}`);
			return queries.ask(question, (answer) => {
				stamp(`answered ${object}`);
				return read(answer);
			});
		},
		canAsk: (words) => queries.canAsk(words),
		forgetNames: () => queries.forgetNames(),
		close: () => queries.close(),
	});
	const stamped = async (name, promise) => {
		const result = await promise;
		stamp(name);
		return result;
	};
	const probe = {
		prepare: (families) => queries.prepare(families),
		startMonitor: (handlers) =>
			new MonitorProcess(program, {
				...handlers,
				onEvents(events) {
					stamp('event');
					handlers.onEvents(events);
				},
			}),
		readLinks: () => stamped('parsed addr', reader.readLinks()),
		readLink: (name) => stamped('parsed addr', reader.readLink(name)),
		readBareLink: (name) => stamped('parsed addr', reader.readBareLink(name)),
		readRoutes: (family) => stamped('parsed route', reader.readRoutes(family)),
		forgetNames: () => queries.forgetNames(),
		close: () => queries.close(),
	};
	const directory = source.sandboxDirectory(log.folder, 'stages');
	mkdirSync(join(log.folder, 'stages'));
	const command = {path: log.runtime, sandbox: 'stages', sharedFile: directory.sharedFile, mortality: program.mortality};
	const launcher = new PreparedLauncher(command, quiet);
	const caller = new RuntimeCaller(
		{
			launch(op) {
				stamp('launch');
				return launcher.launch(op);
			},
			close: () => launcher.close(),
		},
		command,
		directory,
		60_000,
	);
	const file = new StateFile(directory, {netns: 'bench', boot: 'bench'}, quiet);
	const store = {
		load: () => file.load(),
		begin(step) {
			stamp('begin');
			file.begin(step);
			stamp('begun');
		},
		save: (state) => file.save(state),
	};
	const form = {
		interface: (record) => source.interfacePayload(record, 'kata-1.13'),
		route: (route) => source.routePayload(route, 'kata-1.13'),
		fingerprint: (payload) => createHash('sha1').update(payload).digest('base64'),
	};
	return new Engine(
		{probe, clock: source.systemClock, log: quiet, runtime: {consumer: caller, store, form}},
		{rules: {families: ['inet'], onChange: 'first-address', addressWaitMs: 100, kernelRoutes: false}, pollIntervalMs: 1_000_000},
	);
}
