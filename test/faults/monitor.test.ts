import {randomBytes} from 'node:crypto';
import type {ExecutionContext} from 'ava';
import {namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {type Started, startWatch} from '../helpers/netmon.js';
import {waitFor} from '../helpers/wait.js';
import {guestAfter, summaryOf} from './consumer.js';
import {makeLink} from './links.js';
import {logLines, stateOf, untilLogged} from './log-lines.js';
import {isAlive, monitorOf, peakMemory} from './processes.js';
import {StandIn} from './stand-in.js';

/** Adds, deletes and routes, after which the guest has `a0` and one route. Then checks that. */
async function endsRight(t: ExecutionContext<unknown>, namespace: TestNamespace, {runtime}: Started): Promise<void> {
	makeLink(namespace, 'a0', 1);
	namespace.ip('route add 10.9.0.0/16 via 10.100.1.1');
	makeLink(namespace, 'a1', 2);
	await runtime.until('both interfaces', (calls) => guestAfter(calls).interfaces.length === 2);
	namespace.ip('link del a1');
	const calls = await runtime.until('the picture', (all) => {
		const {interfaces, routes} = guestAfter(all);
		return interfaces.join() === 'a0' && routes?.join() === '10.9.0.0/16';
	});
	t.true(calls.length < 20, JSON.stringify(summaryOf(calls)));
}

namespaceTest('a monitor that is killed is started again, and what happened meanwhile is told', async (t, namespace) => {
	const started = await startWatch(t, namespace, {args: ['--interval', '10m']});
	const {netmon} = started;
	const first = await monitorOf(netmon);
	process.kill(first, 'SIGKILL');
	await endsRight(t, namespace, started);
	t.not(await monitorOf(netmon, first), first);
	const [line] = await untilLogged(netmon, 'monitor ended');
	t.is(line?.['reason'], 'signal SIGKILL');
	t.is(await netmon.stop(), 0);
});

const endings = [
	{
		title: 'a monitor that ends after three lines',
		script: 'setpriv --pdeathsig KILL "$real" "$@" | { head -n 3; kill -9 $$; }',
		says: 'signal SIGKILL',
	},
	{title: 'a monitor that ends at once', script: 'echo "Cannot open netlink socket" >&2; exit 1', says: 'Cannot open netlink socket'},
	{title: 'a monitor that ends with exit code 0', script: 'exit 0', says: 'exit code 0'},
	{title: 'a monitor that closes its output and lives on', script: 'exec sleep 1000 >&-', says: 'closed its output'},
] as const;

for (const {title, script, says} of endings) {
	namespaceTest(`${title} is logged and replaced, again and again, and the final picture is right`, async (t, namespace) => {
		const standIn = new StandIn(t, 'ip-with-monitor');
		standIn.write('monitor', script);
		const started = await startWatch(t, namespace, {env: standIn.env, args: ['--interval', '10m']});
		await endsRight(t, namespace, started);
		await untilLogged(started.netmon, 'monitor ended', 1, ({reason}) => String(reason).includes(says));
		await waitFor('another start', () => standIn.lines('starts').length >= 3);
		t.is(await started.netmon.stop(), 0);
	});
}

namespaceTest('restarts of the monitor back off with jitter; without a monitor the poll sees what happens', async (t, namespace) => {
	const standIn = new StandIn(t, 'ip-with-monitor');
	standIn.write('monitor', 'exit 1');
	const {netmon, runtime} = await startWatch(t, namespace, {env: standIn.env, args: ['--interval', '10m']});
	const lines = await untilLogged(netmon, 'monitor ended', 6);
	for (const [index, {restartInMs}] of lines.slice(0, 6).entries()) {
		const middle = 50 * 2 ** index;
		t.true(Number(restartInMs) >= middle * 0.75 - 1 && Number(restartInMs) <= middle * 1.25 + 1, `${index}: ${restartInMs}`);
	}
	makeLink(namespace, 'a0', 1);
	await runtime.until('a0, which only a poll can have seen', (calls) => guestAfter(calls).interfaces.includes('a0'));
	t.false((await stateOf(netmon))['monitorUp'] === true);
	// Repaired: the next start lives.
	standIn.remove('monitor');
	// The longest pause between two starts is ten seconds, and a quarter more.
	await waitFor('the monitor to be up', async () => (await stateOf(netmon))['monitorUp'] === true, 30_000);
	namespace.ip('link del a0');
	await runtime.until('its end', (calls) => guestAfter(calls).interfaces.length === 0);
	t.is(await netmon.stop(), 0);
});

namespaceTest(
	'a monitor that hangs after half a line is replaced when the poll finds a change that it did not report',
	async (t, namespace) => {
		const standIn = new StandIn(t, 'ip-with-monitor');
		standIn.write(
			'monitor',
			`rm "$dir/monitor"
		setpriv --pdeathsig KILL "$real" "$@" | setpriv --pdeathsig KILL sh -c 'head -n 1; printf "[LINK]9: ha"; exec sleep 1000'
		exit`,
		);
		const started = await startWatch(t, namespace, {env: standIn.env, args: ['--interval', '300ms']});
		await endsRight(t, namespace, started);
		const [line] = await untilLogged(started.netmon, 'monitor is replaced');
		t.is(line?.['reason'], 'it has missed a change');
		await waitFor('another start', () => standIn.lines('starts').length >= 2);
		t.is(await started.netmon.stop(), 0);
	},
);

namespaceTest('a monitor that stays stopped is replaced because it does not read its events', async (t, namespace) => {
	const started = await startWatch(t, namespace, {args: ['--interval', '300ms']});
	const stopped = await monitorOf(started.netmon);
	process.kill(stopped, 'SIGSTOP');
	await endsRight(t, namespace, started);
	await monitorOf(started.netmon, stopped);
	await waitFor('the end of the stopped one', () => !isAlive(stopped));
	await untilLogged(started.netmon, 'monitor is replaced');
	t.is(await started.netmon.stop(), 0);
});

const noises = [
	{what: 'random bytes', noise: () => randomBytes(200_000)},
	{what: 'eight megabytes without a newline', noise: () => Buffer.alloc(8_000_000, 'x')},
	{what: '100,000 lines of nothing known', noise: () => Buffer.from('Wombat 7: v0: gone\n'.repeat(100_000))},
	{
		what: 'bare labels and halves of lines',
		noise: () => Buffer.from('[LINK][LINK][ADDR]\n[ROUTE]Deleted \n[LINK]Deleted 4711: nope: <UP>\n[LINK]\n'),
	},
	{what: 'NUL and control characters', noise: () => Buffer.from('\0\0\x1b]0;x\x07\n\0[LINK]\0'.repeat(1000))},
] as const;

for (const stream of ['stdout', 'stderr'] as const) {
	for (const {what, noise} of noises) {
		namespaceTest(`a monitor that prints ${what} on its ${stream} leads to no call, no crash and little memory`, async (t, namespace) => {
			const standIn = new StandIn(t, 'ip-with-monitor');
			standIn.write('noise', noise());
			standIn.write('monitor', `cat "$dir/noise" ${stream === 'stderr' ? '>&2' : ''}`);
			const started = await startWatch(t, namespace, {env: standIn.env});
			await started.fence();
			t.deepEqual(summaryOf(started.runtime.calls), ['update-routes']);
			await endsRight(t, namespace, started);
			t.true(peakMemory(started.netmon.pid) < 200, `${peakMemory(started.netmon.pid)} MiB`);
			t.true(logLines(started.netmon).length < 40);
			t.is(await started.netmon.stop(), 0);
		});
	}
}
