import {spawn} from 'node:child_process';
import {closeSync, openSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {netmon} from './monitor.mjs';
import {Namespace, routeLines} from './namespace.mjs';
import {descendantsOf, effortOf} from './processes.mjs';
import {sleep, waitFor} from './wait.mjs';

/** A storm of routes, told by `netmon watch --json` and by `ip monitor`: how soon after the last all is told, and what it costs. */
export async function measureObserver(context) {
	const count = context.quick ? 10_000 : 100_000;
	context.say(`observer, ${count} routes`);
	const namespace = await Namespace.make();
	const started = [];
	try {
		namespace.fill({interfaces: 1, routes: 0});
		const start = (name, [file, ...args]) => {
			const path = join(context.scratch, name);
			const output = openSync(path, 'w');
			const [entered, rest] = namespace.command(file, args);
			const child = spawn('setpriv', ['--pdeathsig', 'KILL', entered, ...rest], {stdio: ['ignore', output, 'ignore']});
			closeSync(output);
			started.push(child);
			return {pid: child.pid, path};
		};
		const ours = start('netmon.ndjson', [...netmon, 'watch', '--json', '--interval', '1h']);
		const theirs = start('ip.txt', ['ip', '-rcvbuf', String(32 * 1024 * 1024), '-o', 'monitor', 'label', 'link', 'address', 'route']);
		await waitFor('the picture', () => readFileSync(ours.path, 'utf8').includes('"ready"'));
		await sleep(500);
		const before = [ours, theirs].map(({pid}) => cpuOf(pid));
		// Written before, so that nothing but `ip` makes the storm.
		const batch = join(context.scratch, 'routes');
		writeFileSync(batch, `${routeLines('add', count).join('\n')}\n`);
		namespace.ip(['-batch', batch]);
		const over = Date.now();
		const isTold = (text) => text.split('"event":"route-added"').length > count;
		await waitFor('all to be told', () => statSync(ours.path).size > count * 200 && isTold(readFileSync(ours.path, 'latin1')), 120_000, 50);
		const ms = Math.max(0, statSync(ours.path).mtimeMs - over);
		await sleep(1000);
		const [own, other] = [ours, theirs].map(({pid}, index) => cpuOf(pid) - before[index]);
		const text = readFileSync(ours.path, 'latin1');
		const what = `${count} routes added`;
		return {
			rows: [
				{what: `${what}, all told after the last`, unit: 'ms', median: ms},
				{what: `${what}, processor time of netmon and its helpers`, unit: 'ms', median: own, ratio: own / other, of: 'ip monitor'},
				{what: `${what}, processor time of ip monitor`, unit: 'ms', median: other},
				{what: `${what}, losses that netmon reported`, unit: '', median: text.split('"event":"loss"').length - 1},
			],
			checks: [
				{what: `${what}: all told within 1.5 s of the last`, value: ms, limit: 1500, unit: 'ms', holds: ms <= 1500},
				{
					what: `${what}: at most 4 times the processor time of ip monitor`,
					value: own / other,
					limit: 4,
					unit: '',
					holds: own / other <= 4,
				},
			],
		};
	} finally {
		for (const child of started) child.kill('SIGKILL');
		namespace.close();
	}
}

/** Of a process, of those below it, and of those that it has waited for (proc(5), /proc/PID/stat). */
function cpuOf(pid) {
	const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1).split(' ');
	const ticks = Number(fields[13]) + Number(fields[14]);
	return [pid, ...descendantsOf(pid)].reduce((sum, each) => sum + effortOf(each).cpuMs, 0) + ticks * 10;
}
