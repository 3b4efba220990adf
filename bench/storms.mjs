import {contestants, Monitor} from './monitor.mjs';
import {Namespace, routeLines} from './namespace.mjs';
import {memoryOf} from './processes.mjs';
import {sleep, waitFor} from './wait.mjs';

const runtimeMs = 20;

/** Many changes at once, with a runtime that takes its time: the calls made, and the time until the last is right. */
export async function measureStorms(context) {
	const rows = [];
	const checks = [];
	for (const contestant of contestants(context.programs, context.against)) {
		// The floor's calls say nothing about what is right.
		if (contestant.name === 'floor') continue;
		context.say(`storms, ${contestant.name}`);
		await routesStorm(contestant, context, rows, checks);
		await vethStorm(contestant, context, rows, checks);
	}
	return {rows, checks};
}

/** Starts a monitor in a namespace of its own, and ends both. */
async function within({command}, context, run) {
	const namespace = await Namespace.make(context.programs);
	let monitor;
	try {
		namespace.fill({interfaces: 10, routes: 10});
		monitor = new Monitor(command, namespace, {...context, runtimeMs});
		await monitor.ready();
		await run(namespace, monitor);
	} finally {
		await monitor?.stop();
		namespace.close();
	}
}

async function routesStorm(contestant, context, rows, checks) {
	const count = context.quick ? 1000 : 5000;
	await within(contestant, context, async (namespace, monitor) => {
		const {log} = monitor;
		const base = log.calls.findLast(({op}) => op === 'update-routes')?.routes ?? 0;
		for (const [verb, expected] of [
			['add', base + count],
			['del', base],
		]) {
			const from = log.calls.length;
			namespace.batch(routeLines(verb, count, 100));
			const over = Number(process.hrtime.bigint());
			const right = await waitFor(`${expected} routes, not ${log.calls.at(-1)?.routes}`, () =>
				log.calls.slice(from).find(isRight(expected)),
			);
			await log.quiet(500);
			const calls = log.calls.slice(from).filter(({op}) => op === 'update-routes').length;
			const ms = (right.began - over) / 1e6;
			const what = `${contestant.name}: ${count} routes ${verb === 'add' ? 'added' : 'removed'}`;
			rows.push(
				{what: `${what}, right after the last`, unit: 'ms', median: ms},
				{what: `${what}, update-routes`, unit: 'calls', median: calls},
			);
			if (contestant.name !== 'kata-netmon') continue;
			checks.push({what: `${what}: right within 1.5 s of the last`, value: ms, limit: 1500, unit: 'ms', holds: ms <= 1500});
			checks.push({what: `${what}: at most 10 update-routes`, value: calls, limit: 10, unit: 'calls', holds: calls <= 10});
		}
	});
}

const isRight = (expected) => (call) => call.op === 'update-routes' && call.routes === expected;

async function vethStorm(contestant, context, rows, checks) {
	const pairs = context.quick ? 50 : 300;
	await within(contestant, context, async (namespace, monitor) => {
		const {log} = monitor;
		const numbers = Array.from({length: pairs}, (_, n) => n);
		const steps = [
			[
				'up',
				'add-iface',
				numbers.flatMap((n) => [
					`link add v${n} type veth peer name p${n}`,
					`addr add 10.96.${n >> 8}.${n & 255}/32 dev v${n}`,
					`addr add 10.95.${n >> 8}.${n & 255}/32 dev p${n}`,
					`link set v${n} up`,
					`link set p${n} up`,
				]),
			],
			['deleted', 'del-iface', numbers.map((n) => `link del v${n}`)],
		];
		for (const [verb, op, lines] of steps) {
			const from = log.calls.length;
			namespace.batch(lines);
			const over = Number(process.hrtime.bigint());
			const told = () => log.calls.slice(from).filter((call) => call.op === op && /^[vp]\d/.test(call.name));
			await waitFor(`${pairs * 2} ${op}`, () => new Set(told().map(({name}) => name)).size >= pairs * 2, 300_000, 20);
			await log.quiet(1500);
			const last = told().at(-1)?.ended ?? Number.NaN;
			const what = `${contestant.name}: ${pairs} veth pairs ${verb}`;
			rows.push({what: `${what}, ${op}`, unit: 'calls', median: told().length});
			rows.push({
				what: `${what}, update-routes`,
				unit: 'calls',
				median: log.calls.slice(from).filter((call) => call.op === 'update-routes').length,
			});
			rows.push({
				what: `${what}, all told after the last`,
				unit: 'ms',
				median: (last - over) / 1e6,
				ratio: (last - over) / 1e6 / (pairs * 2 * runtimeMs),
				of: 'the runtime itself',
			});
			if (contestant.name !== 'kata-netmon') continue;
			checks.push({
				what: `${what}: each told once`,
				value: told().length,
				limit: pairs * 2,
				unit: 'calls',
				holds: told().length === pairs * 2,
			});
		}
		await sleep(2000);
		rows.push({what: `${contestant.name}: after the veth pairs, RSS`, unit: 'MB', median: memoryOf(monitor.pid).rss});
	});
}
