import {contestants, Monitor} from './monitor.mjs';
import {Namespace} from './namespace.mjs';
import {descendantsOf, effortOf} from './processes.mjs';
import {sleep} from './wait.mjs';

/** What a monitor costs when nothing happens, between two polls: processor time and context switches of all its processes. */
export async function measureIdle(context) {
	context.say('idle');
	const rows = [];
	const checks = [];
	const seconds = context.quick ? 5 : 12;
	for (const {name, command} of contestants(context.programs, context.against)) {
		const namespace = await Namespace.make(context.programs);
		let monitor;
		try {
			namespace.fill({interfaces: 10, routes: 10});
			monitor = new Monitor(command, namespace, {...context, env: {NETMON_INTERVAL: '1h'}});
			await monitor.ready();
			// V8 collects garbage once more, some eight seconds after the last work.
			await sleep(15_000);
			const before = effortOfAll(monitor.pid);
			await sleep(seconds * 1000);
			const after = effortOfAll(monitor.pid);
			const cpu = (after.cpuMs - before.cpuMs) / seconds;
			rows.push({what: `${name}: processor time in a second`, unit: 'ms', median: cpu});
			rows.push({what: `${name}: context switches in a second`, unit: '', median: (after.switches - before.switches) / seconds});
			if (name === 'kata-netmon')
				checks.push({what: 'idle: less than 0.1 % of a processor', value: cpu, limit: 1, unit: 'ms/s', holds: cpu < 1});
		} finally {
			await monitor?.stop();
			namespace.close();
		}
	}
	return {rows, checks};
}

function effortOfAll(pid) {
	const efforts = [pid, ...descendantsOf(pid)].map(effortOf);
	return {cpuMs: efforts.reduce((sum, {cpuMs}) => sum + cpuMs, 0), switches: efforts.reduce((sum, {switches}) => sum + switches, 0)};
}
