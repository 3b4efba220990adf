import {execFileSync} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import {guestAfter} from '../faults/consumer.js';
import {linkCommands} from '../faults/links.js';
import {childrenOf, killAll} from '../faults/processes.js';
import {isSkipped, makeNamespace, type TestNamespace} from '../helpers/namespace.js';
import {type Running, type Started, startWatch} from '../helpers/netmon.js';
import {waitFor} from '../helpers/wait.js';

/** How long the churn lasts. These tests take minutes, so they run only if this is set. */
const seconds = Number(process.env['NETMON_CHURN_SECONDS'] ?? 0);
const declare = seconds > 0 && !isSkipped('endurance') ? test.serial : test.serial.skip;

function endurance(title: string, run: (t: ExecutionContext<unknown>, namespace: TestNamespace) => Promise<void>): void {
	declare(title, async (t) => {
		t.timeout((seconds + 300) * 1000);
		const namespace = await makeNamespace();
		t.teardown(() => namespace.close());
		await run(t, namespace);
	});
}

/** What may leak. */
function usage({pid}: Running): {descriptors: number; children: number; mebibytes: number} {
	const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
	return {
		descriptors: readdirSync(`/proc/${pid}/fd`).length,
		children: childrenOf(pid, /./).length,
		mebibytes: Math.round(Number(kib) / 1024),
	};
}

/** Sets the soft limit; the hard one stays. */
function limitDescriptors({pid}: Running, most: number): void {
	execFileSync('prlimit', ['--pid', String(pid), `--nofile=${most}:`]);
}

/** One link comes with its routes and goes; what netmon runs is killed now and then. */
async function cycle(namespace: TestNamespace, {netmon, runtime}: Started, number: number): Promise<void> {
	const name = `c${number % 7}`;
	const routes = [...Array(50).keys()].map((route) => `route add 10.60.${route}.0/24 via 10.100.1.1`);
	// No process can be started while this link comes, and netmon's processes die.
	const short = number % 10 === 1;
	if (short) limitDescriptors(netmon, 16);
	if (short) killAll(childrenOf(netmon.pid, /\bmonitor label\b| -batch -/));
	namespace.batch([...linkCommands(name, 1), ...routes]);
	if (short) limitDescriptors(netmon, 4096);
	if (number % 10 === 3) killAll(childrenOf(netmon.pid, /\bmonitor label\b/));
	if (number % 10 === 6) killAll(childrenOf(netmon.pid, / -batch -/));
	if (number % 10 === 8) runtime.fail('*', 1);
	await runtime.until('its routes', (calls) => guestAfter(calls).routes?.includes('10.60.49.0/24') === true, 30_000);
	namespace.ip(`link del ${name}`);
	await runtime.until(
		'its end',
		(calls) => {
			const {interfaces, routes: left} = guestAfter(calls);
			return interfaces.length === 0 && left?.length === 0;
		},
		30_000,
	);
	runtime.clear();
}

endurance(
	'a long churn with monitors, queries and calls that die leaves no descriptor, no process and no memory behind',
	async (t, namespace) => {
		const started = await startWatch(t, namespace, {env: {NETMON_INTERVAL: '1s', NETMON_FAMILY: 'all'}});
		const until = performance.now() + seconds * 1000;
		let cycles = 0;
		const samples: ReturnType<typeof usage>[] = [];
		while (performance.now() < until) {
			await cycle(namespace, started, cycles);
			cycles += 1;
			if (cycles % 20 === 0) samples.push(usage(started.netmon));
		}
		t.log(`${cycles} cycles`, JSON.stringify(samples.map(Object.values)));
		const [first, ...later] = samples;
		if (first === undefined || later.length < 2) return t.fail('too few cycles: give it more seconds');
		const fits = () => {
			const last = usage(started.netmon);
			return last.descriptors <= first.descriptors + 6 && last.children <= first.children + 2 && last.mebibytes <= first.mebibytes + 25;
		};
		await waitFor(`no more than ${JSON.stringify(first)}`, fits);
		t.is(await started.netmon.stop(), 0);
		t.deepEqual(namespace.processes(), []);
	},
);

endurance('a thousand interfaces and ten thousand routes, half of which go again at once, end right', async (t, namespace) => {
	const started = await startWatch(t, namespace, {env: {NETMON_INTERVAL: '10m'}});
	const {runtime, netmon} = started;
	const numbers = (count: number) => [...Array(count).keys()];
	const address = (number: number) => `10.${200 + (number >> 8)}.${number & 255}.1/32`;
	const hwaddr = (number: number) =>
		`02:00:00:01:${(number >> 8).toString(16).padStart(2, '0')}:${(number & 255).toString(16).padStart(2, '0')}`;
	namespace.batch([
		...numbers(500).flatMap((number) => [
			`link add s${number} address ${hwaddr(number)} type veth peer name t${number} address ${hwaddr(number + 500)}`,
			`addr add ${address(number)} dev s${number}`,
			`addr add ${address(number + 500)} dev t${number}`,
			`link set t${number} up`,
			`link set s${number} up`,
		]),
		...numbers(10_000).map((number) => `route add 10.${100 + (number >> 8)}.${number & 255}.0/24 dev s${number % 500} proto static`),
		// Half of it goes again, and some of it comes back under another name.
		...numbers(250).map((number) => `link del s${number * 2}`),
	]);
	for (const number of numbers(20)) namespace.ip(`link set s${number * 2 + 1} name r${number}`);
	const expected = numbers(10_000)
		.filter((number) => (number % 500) % 2 === 1)
		.map((number) => `10.${100 + (number >> 8)}.${number & 255}.0/24`);
	await runtime.until(
		'half of it all',
		(calls) => {
			const {interfaces, routes} = guestAfter(calls.slice(-1).some(({op}) => op === 'update-routes') ? calls : []);
			return interfaces.length === 500 && routes?.length === expected.length;
		},
		seconds * 1000 + 200_000,
	);
	const {interfaces, routes} = guestAfter(runtime.calls);
	t.is(new Set(interfaces).size, 500);
	t.deepEqual(new Set(routes), new Set(expected));
	const routeCalls = runtime.calls.filter(({op}) => op === 'update-routes').length;
	t.log(`${runtime.calls.length} calls, of which ${routeCalls} for routes`);
	t.is(await netmon.stop(), 0);
});
