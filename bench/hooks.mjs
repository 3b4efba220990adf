import {measureOne} from './latency.mjs';
import {contestants, netmon} from './monitor.mjs';
import {statisticsOf} from './statistics.mjs';

const adds = 100;
/** A hook is started when it is called; a shell waits for the call of the runtime. */
const limit = 1.5;

/** From the kernel's event to the first instruction of a hook program, beside a runtime's. */
export async function measureHooks(context) {
	context.say('hooks');
	// The program is the runtime of the other measurements, which names its operation by its second argument.
	const argsOf = (program) => ['--on', 'route', '--', program, 'hook', 'update-routes', '-', '-'];
	const list = [...contestants(context.programs), {name: 'hook', command: [...netmon, 'watch'], argsOf}];
	const counts = {interfaces: 10, routes: 10, links: 0, adds: context.quick ? adds / 5 : adds};
	const results = await measureOne(counts, list, context);
	const rows = Object.entries(results).map(([what, values]) => ({what, interfaces: 10, routes: 10, unit: 'ms', ...statisticsOf(values)}));
	const median = (what) => rows.find((row) => row.what === what)?.median;
	const value = median('route, hook') / median('route, kata-netmon');
	const checks = [{what: `route: a hook at most ${limit} x a runtime's call`, value, limit, unit: 'x', holds: value <= limit}];
	return {rows, checks};
}
