import {execFileSync, spawn} from 'node:child_process';
import {copyFileSync, renameSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {sandboxCount} from '../helpers/neighbours.js';
import {programCommand, Running, type Started, startWatch, testIp, withEveryTrick} from '../helpers/netmon.js';
import {scratchFolder} from '../helpers/runtime.js';
import {waitFor} from '../helpers/wait.js';
import {guestAfter, summaryOf} from './consumer.js';
import {addressOf, hwaddrOf, linkCommands, makeLink} from './links.js';
import {logLines, untilLogged} from './log-lines.js';
import {childrenOf, killAll} from './processes.js';
import {StandIn} from './stand-in.js';

const cannotRead = 'cannot read the namespace, keeping the last snapshot';

/** Waits until the guest has these interfaces, in any order, and this list of routes. */
async function guestHas({runtime}: Started, interfaces: readonly string[], routes: readonly string[], limitMs?: number): Promise<void> {
	await runtime.until(
		`${interfaces.join()} and ${routes.join()}`,
		(calls) => {
			const guest = guestAfter(calls, [{name: 'a0', hwaddr: hwaddrOf(1)}]);
			return [...guest.interfaces].sort().join() === interfaces.join() && (guest.routes ?? []).join() === routes.join();
		},
		limitMs,
	);
}

/** `a0`, which is there at the start, goes, and `a1` comes with a route. */
function change(namespace: TestNamespace): void {
	namespace.ip('link del a0');
	makeLink(namespace, 'a1', 2);
	namespace.ip('route add 10.9.0.0/16 via 10.100.2.1');
}

/** Questions by name fail, so all links are read at the next poll. */
const dumpsAre = (text: string) => `if [ "$question" = 'addr show' ]; then echo '${text}'; answered=yes; return; fi`;

const answers = [
	{title: 'that fails', script: 'echo "RTNETLINK answers: Cannot allocate memory" >&2; failed=yes', says: 'Cannot allocate memory'},
	{title: 'that prints nothing with exit 0', script: 'echo; answered=yes', says: 'not JSON: "\\n"'},
	{title: 'that prints a part', script: '"$real" -j -d $six $question | head -c 100; echo; answered=yes', says: 'not JSON'},
	{
		title: 'whose message was truncated, with exit 0',
		script: 'echo "Message truncated" >&2; echo "[]"; answered=yes',
		says: 'Message truncated',
	},
	{
		title: 'that shows no link at all',
		script: `${dumpsAre('[]')}; failed=yes`,
		says: 'no loopback',
	},
	{title: 'that shows nothing but placeholders', script: `${dumpsAre('[{},{},{}]')}; failed=yes`, says: 'no loopback'},
	{title: 'that prints another shape', script: `echo '[{"ifindex":"1"}]'; answered=yes`, says: 'ifindex'},
	{title: 'that dies', script: 'kill -9 $$', says: 'SIGKILL'},
] as const;

for (const {title, script, says} of answers) {
	namespaceTest(`an ip ${title}: the last snapshot is kept, and everything is told once it answers again`, async (t, namespace) => {
		const standIn = new StandIn(t, 'ip-with-hook');
		makeLink(namespace, 'a0', 1);
		const started = await startWatch(t, namespace, {env: standIn.env, args: ['--interval', '200ms']});
		await started.fence();
		const before = started.runtime.calls.length;
		standIn.write('hook', script);
		// A question from before the hook must not show the change.
		await untilLogged(started.netmon, cannotRead, 1, ({reason}) => String(reason).includes(says));
		change(namespace);
		const lines = await untilLogged(started.netmon, cannotRead, 4, ({reason}) => String(reason).includes(says));
		t.true(Number(lines.at(-1)?.['attempt']) >= 3);
		t.is(started.runtime.calls.length, before, JSON.stringify(summaryOf(started.runtime.calls)));
		standIn.remove('hook');
		await guestHas(started, ['a1'], ['10.9.0.0/16']);
		t.is(await started.netmon.stop(), 0);
	});
}

namespaceTest('an ip that fails is retried with back-off', async (t, namespace) => {
	const standIn = new StandIn(t, 'ip-with-hook');
	const {netmon} = await startWatch(t, namespace, {env: standIn.env, args: ['--interval', '100ms']});
	standIn.write('hook', 'failed=yes');
	namespace.ip('link add a0 type ifb');
	const lines = await untilLogged(netmon, cannotRead, 5);
	const times = lines.slice(0, 5).map(({time}) => Date.parse(String(time)));
	const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
	for (const [index, pause] of pauses.entries()) t.true(pause >= 100 * 2 ** index * 0.75 - 5, JSON.stringify(pauses));
	t.is(await netmon.stop(), 0);
});

namespaceTest('an ip that hangs, or is stopped, or whose child holds the pipe, is given up after its time limit', async (t, namespace) => {
	makeLink(namespace, 'a0', 1);
	const watch = async (how: 'hangs' | 'is stopped' | 'hangs with each question a process') => {
		const standIn = new StandIn(t, how === 'hangs' ? 'ip-with-hook' : 'ip-with-questions');
		const alone = how === 'hangs with each question a process' ? {NETMON_WITHOUT: 'batch'} : {};
		const started = await startWatch(t, namespace, {
			sandbox: `sb${how.length}`,
			env: how === 'is stopped' ? withEveryTrick : {...standIn.env, ...alone},
			args: ['--interval', '10m'],
		});
		// The older one answers, and the other is spare.
		if (how === 'is stopped') process.kill(Math.min(...(await batches(started))), 'SIGSTOP');
		else standIn.write('hook', 'rm "$dir/hook"; sleep 1000');
		return started;
	};
	const all = await Promise.all([watch('hangs'), watch('is stopped'), watch('hangs with each question a process')]);
	makeLink(namespace, 'a1', 2);
	namespace.ip('route add 10.9.0.0/16 via 10.100.2.1');
	await Promise.all(
		all.map(async (started) => {
			await guestHas(started, ['a0', 'a1'], ['10.9.0.0/16'], 30_000);
			t.true(logLines(started.netmon, cannotRead).some(({reason}) => /no answer within/.test(String(reason))));
			t.is(await started.netmon.stop(), 0);
		}),
	);
	await waitFor('the end of all children', () => namespace.processes().length === 0);
});

/** The long-lived processes that answer questions, including spare ones. */
function batches({netmon}: Pick<Started, 'netmon'>, count = 2): Promise<number[]> {
	return waitFor(`${count} batches`, () => {
		const found = childrenOf(netmon.pid, /-batch -$/);
		return found.length >= count ? found : undefined;
	});
}

namespaceTest('an ip -batch that is killed is replaced, again and again, and the picture is right', async (t, namespace) => {
	makeLink(namespace, 'a0', 1);
	const started = await startWatch(t, namespace, {env: withEveryTrick, args: ['--interval', '10m']});
	for (const number of [10, 11, 12]) {
		killAll(await batches(started, 1));
		makeLink(namespace, `b${number}`, number);
		await guestHas(started, ['a0', ...[10, 11, 12].filter((other) => other <= number).map((other) => `b${other}`)], []);
	}
	t.is(await started.netmon.stop(), 0);
});

namespaceTest('where no file may grow (ulimit -f 0) the answers of ip -batch come by pipes', async (t, namespace) => {
	const command = programCommand('netmon', ['watch', '--log-level', 'info']).flat();
	const netmon = new Running(namespace.command('prlimit', ['--fsize=0:0', ...command]), {...testIp, ...withEveryTrick});
	t.teardown(() => netmon.child.kill('SIGKILL'));
	await netmon.watching();
	for (const number of [1, 2, 3]) {
		namespace.ip(`route add 10.9.${number}.0/24 dev lo`);
		await waitFor('the route', () => netmon.stdout.includes(`10.9.${number}.0/24`));
	}
	t.notRegex(netmon.stderr, /cannot be used/);
	t.is(await netmon.stop(), 0);
});

namespaceTest('after a rename ip is asked by processes that have not learnt the old name', async (t, namespace) => {
	makeLink(namespace, 'a0', 1);
	// Neighbours keep their batches.
	const started = await startWatch(t, namespace, {env: withEveryTrick, alone: true, args: ['--interval', '10m', '--on-change', 'replace']});
	namespace.ip('route add 10.8.0.0/16 via 10.100.1.1');
	await guestHas(started, ['a0'], ['10.8.0.0/16']);
	const before = await batches(started);
	namespace.batch(['link set a0 down', 'link set a0 name b0', 'link set b0 up', 'route add 10.9.0.0/16 via 10.100.1.1']);
	await guestHas(started, ['b0'], ['10.9.0.0/16']);
	await started.runtime.until('the route under the new name', (calls) =>
		/10\.9\..*"Device":"b0"/.test(calls.findLast(({op}) => op === 'update-routes')?.text ?? ''),
	);
	// One that is not asked any more may take a moment to end.
	await waitFor('a process that is new', async () => (await batches(started)).some((pid) => !before.includes(pid)));
	t.is(await started.netmon.stop(), 0);
});

namespaceTest('an upgrade that replaces ip while it runs, with a gap, is no obstacle', async (t, namespace) => {
	const folder = scratchFolder();
	t.teardown(folder.close);
	const path = join(folder.path, 'ip');
	const real = execFileSync('sh', ['-c', 'command -v "$1"', 'sh', process.env['NETMON_TEST_IP'] ?? 'ip'], {encoding: 'utf8'}).trim();
	copyFileSync(real, path);
	makeLink(namespace, 'a0', 1);
	const started = await startWatch(t, namespace, {env: {NETMON_IP: path, ...withEveryTrick}, args: ['--interval', '10m']});
	copyFileSync(real, `${path}.new`);
	renameSync(`${path}.new`, path);
	change(namespace);
	await guestHas(started, ['a1'], ['10.9.0.0/16']);
	await batches(started);
	renameSync(path, `${path}.away`);
	await waitFor('the end of all that could answer', () => {
		const found = childrenOf(started.netmon.pid, /-batch -$/);
		killAll(found);
		return found.length === 0;
	});
	namespace.ip('link del a1');
	await untilLogged(started.netmon, cannotRead, 2);
	renameSync(`${path}.away`, path);
	await guestHas(started, [], []);
	t.is(await started.netmon.stop(), 0);
});

namespaceTest('busybox in the place of ip while it runs: the last snapshot is kept until there is iproute2 again', async (t, namespace) => {
	const standIn = new StandIn(t, 'ip-with-hook');
	makeLink(namespace, 'a0', 1);
	const started = await startWatch(t, namespace, {env: standIn.env, args: ['--interval', '10m']});
	// In each namespace one that answers, and one to take its place.
	const servers = await waitFor('the servers', () => {
		const pids = standIn.lines('servers').map(Number);
		return pids.length === 2 * sandboxCount && pids;
	});
	standIn.become('ip-busybox');
	killAll(servers);
	change(namespace);
	await untilLogged(started.netmon, cannotRead, 3);
	t.deepEqual(started.runtime.calls, []);
	standIn.become('ip-with-hook');
	await guestHas(started, ['a1'], ['10.9.0.0/16']);
	t.is(await started.netmon.stop(), 0);
});

/** Every dump lacks entries that are not asked for by name, and is reported as interrupted. */
const interrupted = `case $question in
'addr show') "$real" -j -d addr show dev lo;;
'route show'*) "$real" -j -d $six $question;;
*) return 0;;
esac
echo 'Dump was interrupted and may be inconsistent.' >&2
answered=yes`;

namespaceTest(
	'dumps that are always interrupted never show that something is gone, and what comes and goes is still told',
	async (t, namespace) => {
		const standIn = new StandIn(t, 'ip-with-hook');
		makeLink(namespace, 'a0', 1);
		const started = await startWatch(t, namespace, {env: standIn.env, args: ['--interval', '150ms']});
		standIn.write('hook', interrupted);
		await interruptedOften(standIn);
		t.deepEqual(started.runtime.calls, [], 'a0 is in none of these dumps');
		const many = [...Array(14).keys()].map((number) => `m${String(number).padStart(2, '0')}`);
		namespace.batch(many.flatMap((name, number) => linkCommands(name, 10 + number)));
		namespace.ip('route add 10.9.0.0/16 via 10.100.1.1');
		await guestHas(started, ['a0', ...many], ['10.9.0.0/16']);
		// So many at once are not asked for one by one.
		namespace.batch(many.map((name) => `link del ${name}`));
		await guestHas(started, ['a0'], ['10.9.0.0/16']);
		namespace.ip('link del a0');
		await guestHas(started, [], []);
		t.true(standIn.lines('questions').length < 600, `${standIn.lines('questions').length} questions`);
		t.is(await started.netmon.stop(), 0);
	},
);

async function interruptedOften(standIn: StandIn): Promise<void> {
	const dumps = () => standIn.lines('questions').filter((question) => question === 'addr show').length;
	const before = dumps();
	await waitFor('six more dumps', () => dumps() >= before + 6, 40_000);
}

namespaceTest('a route that an interrupted dump lacks is kept until a whole one lacks it', async (t, namespace) => {
	const standIn = new StandIn(t, 'ip-with-hook');
	makeLink(namespace, 'a0', 1);
	namespace.ip('route add 10.9.0.0/16 via 10.100.1.1');
	const started = await startWatch(t, namespace, {env: standIn.env, args: ['--interval', '150ms']});
	standIn.write(
		'hook',
		`case $question in route*) echo '[]'; echo 'Dump was interrupted and may be inconsistent.' >&2; answered=yes; esac`,
	);
	await interruptedOften(standIn);
	t.deepEqual(started.runtime.calls, []);
	standIn.remove('hook');
	namespace.ip('route del 10.9.0.0/16');
	await started.runtime.until('the empty list', (calls) => guestAfter(calls).routes?.length === 0);
	t.is(await started.netmon.stop(), 0);
});

namespaceTest(
	'constant churn of veths, so that the kernel interrupts dumps: others come and go, and what stays stays',
	async (t, namespace) => {
		makeLink(namespace, 'a0', 1);
		const started = await startWatch(t, namespace, {args: ['--interval', '100ms']});
		const stop = churn(t, namespace);
		await churned(t, namespace, started);
		stop();
		t.is(started.runtime.calls.filter(({text}) => text.includes(`"${addressOf(1)}"`)).length, 0, 'a0 has stayed');
		t.is(await started.netmon.stop(), 0);
	},
);

/** Pairs with the runtime's own names come and go as fast as possible. */
function churn(t: ExecutionContext<unknown>, namespace: TestNamespace): () => void {
	const lines = 'link add x0kata type veth peer name x1kata\\nlink del x0kata\\n';
	const script = `while printf '${lines}'; do :; done | exec setpriv --pdeathsig KILL ip -batch -`;
	const [file, args] = namespace.command('setpriv', ['--pdeathsig', 'KILL', 'sh', '-c', script]);
	const {pid} = spawn(file, args, {stdio: 'ignore', detached: true});
	if (pid === undefined) throw new Error('the churn has not started');
	let ended = false;
	const stop = () => {
		if (!ended) process.kill(-pid, 'SIGKILL');
		ended = true;
	};
	t.teardown(stop);
	return stop;
}

async function churned(t: ExecutionContext<unknown>, namespace: TestNamespace, started: Started): Promise<void> {
	for (const number of [10, 11, 12, 13]) {
		makeLink(namespace, 'b0', number);
		// The kernel interrupts nearly every dump.
		await guestHas(started, ['a0', 'b0'], [], 60_000);
		namespace.ip('link del b0');
		await guestHas(started, ['a0'], [], 60_000);
	}
	t.deepEqual(
		summaryOf(started.runtime.calls).filter((text) => text.includes('iface')),
		[10, 11, 12, 13].flatMap(() => ['add-iface b0', 'del-iface b0']),
	);
}
