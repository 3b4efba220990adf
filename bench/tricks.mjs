import {measureOne} from './latency.mjs';
import {kataNetmon} from './monitor.mjs';
import {statisticsOf} from './statistics.mjs';

/** Where each thing that is done for speed alone shows most (src/options/tricks.ts has them). */
const configurations = [
	{interfaces: 10, routes: 10, links: 40, adds: 40, tricks: ['batch', 'files']},
	{interfaces: 1000, routes: 10, links: 20, adds: 0, tricks: ['batch', 'single', 'bare']},
	{interfaces: 10, routes: 10_000, links: 0, adds: 15, tricks: ['batch', 'files', 'kept']},
];

/** What each of them buys: netmon with all of them, and without each, in turn. */
export async function measureTricks(context) {
	const rows = [];
	for (const {tricks, ...configuration} of configurations) {
		const {interfaces, routes} = configuration;
		context.say(`tricks with ${interfaces} interfaces and ${routes} routes`);
		const list = [
			{name: 'all', command: kataNetmon},
			...tricks.map((trick) => ({name: `without ${trick}`, command: kataNetmon, env: {NETMON_WITHOUT: trick}})),
		];
		const results = await measureOne(
			context.quick ? {...configuration, links: Math.min(configuration.links, 8), adds: Math.min(configuration.adds, 8)} : configuration,
			list,
			context,
		);
		for (const [what, values] of Object.entries(results)) {
			if (what.startsWith('ip ')) continue;
			const [kind] = what.split(',');
			const statistics = statisticsOf(values);
			const all = statisticsOf(results[`${kind}, all`]).median;
			rows.push({what, interfaces, routes, unit: 'ms', ...statistics, ratio: statistics.median / all, of: 'all'});
		}
	}
	return {rows, checks: []};
}
