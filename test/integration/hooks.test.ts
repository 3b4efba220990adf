import {existsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {RecordingHook, startHook} from '../helpers/hook.js';
import {namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {programCommand, Running, root, runToEnd, testIp} from '../helpers/netmon.js';
import {eventsIn} from '../helpers/schemas.js';
import {waitFor} from '../helpers/wait.js';

/** A veth that is up, without IPv6, whose addresses come later than everything else. */
function makeVeth(namespace: TestNamespace, name = 'v0'): void {
	namespace.batch([
		`link add ${name} type veth peer name p-${name}`,
		`link set ${name} addrgenmode none`,
		`link set p-${name} addrgenmode none`,
		`link set ${name} up`,
		`link set p-${name} up`,
		`addr add 10.1.0.1/24 dev ${name}`,
	]);
}

const seconds = (from: number) => (performance.now() - from) / 1000;

namespaceTest('a program is run for each kind of change, one after the other, with events that fit the schema', async (t, namespace) => {
	const hook = new RecordingHook(t);
	const netmon = await startHook(t, namespace, hook);
	makeVeth(namespace);
	// If it goes before it has been told, it is never told.
	for (const told of ['interface-added v0', 'address-added 10.1.0.1', 'route-added 10.1.0.0/24']) await hook.until(told);
	namespace.ip('link del v0');
	for (const told of ['interface-removed v0', 'address-removed 10.1.0.1', 'route-removed 10.1.0.0/24']) await hook.until(told);
	t.is(await netmon.stop(), 0);
	t.is(netmon.stdout, '');
	t.false(hook.ranTwiceAtOnce);
	eventsIn(hook.events.map((event) => `${JSON.stringify(event)}\n`).join(''));
	const told = hook.told.filter((text) => /v0|10\.1/.test(text));
	t.true(told.indexOf('interface-added v0') < told.indexOf('address-added 10.1.0.1'), told.join(', '));
	t.true(told.includes('address-removed 10.1.0.1') && told.includes('interface-removed v0'), told.join(', '));
});

namespaceTest(
	'an address added, changed and deleted 100 times in a second, and a program of 200 ms: few runs, never two at once, the last state last',
	async (t, namespace) => {
		const hook = new RecordingHook(t);
		makeVeth(namespace);
		const netmon = await startHook(t, namespace, hook, ['--on', 'address']);
		hook.set('delay', '0.2');
		const rounds = Array.from({length: 10}, () => [
			'addr add 10.1.0.2/24 dev v0 noprefixroute',
			'addr change 10.1.0.2/24 dev v0 noprefixroute preferred_lft 0 valid_lft 1000',
			'addr del 10.1.0.2/24 dev v0',
		]).flat();
		const begun = performance.now();
		for (let n = 0; n < 10; n += 1) {
			namespace.batch(rounds);
			// The pace of the story, not a wait for anything.
			while (seconds(begun) < (n + 1) / 10) await new Promise((resolve) => setTimeout(resolve, 5));
		}
		namespace.ip('addr add 10.1.0.2/24 dev v0 noprefixroute label v0:last');
		const took = seconds(begun);
		const isLast = () => JSON.stringify(hook.events.at(-1)?.['address'] ?? '').includes('v0:last');
		await waitFor('the last state', isLast);
		t.is(await netmon.stop(), 0);
		t.true(isLast());
		t.false(hook.ranTwiceAtOnce);
		// Seven in a second: a busy machine takes longer for the changes. After them, one run may report what a look saw before the last one.
		t.true(hook.events.length <= Math.ceil(took / 0.2) + 2, `${hook.events.length} runs in ${took} s`);
	},
);

namespaceTest(
	'a program that fails three times is run four times, with growing pauses; others are told meanwhile',
	async (t, namespace) => {
		const hook = new RecordingHook(t);
		makeVeth(namespace);
		namespace.batch(['addr add 10.1.0.2/24 dev v0', 'addr add 10.1.0.3/24 dev v0']);
		hook.set('script', 'if [ "$NETMON_EVENT_ADDRESS" != 10.1.0.2/24 ]; then rmdir "$dir/running"; exit 0; fi');
		hook.set('fail', '3');
		// All are there in the first picture, so that the others are due before the first retry, however busy the machine is.
		const args = ['--initial', '--dev', 'v0', '--on', 'address', '--json', '--only', 'address,call'];
		const netmon = await startHook(t, namespace, hook, args);
		const runs = () => hook.events.filter((event) => JSON.stringify(event).includes('10.1.0.2'));
		await waitFor('four runs', () => runs().length === 4);
		await waitFor('the call that succeeded', () => netmon.stdout.includes('"attempt":4'));
		t.is(await netmon.stop(), 0);
		t.is(runs().length, 4);
		const told = hook.told.map((text) => text.replace('address-found ', ''));
		t.deepEqual(told, ['10.1.0.1', '10.1.0.2', '10.1.0.3', '10.1.0.2', '10.1.0.2', '10.1.0.2']);
		const calls = eventsIn(netmon.stdout).filter(({event, payload}) => event === 'call' && JSON.stringify(payload).includes('10.1.0.2'));
		t.deepEqual(
			calls.map(({op, ok, attempt}) => [op, ok, attempt]),
			[
				['address-found', false, 1],
				['address-found', false, 2],
				['address-found', false, 3],
				['address-found', true, 4],
			],
		);
		const pauses = calls.slice(0, 3).map((call) => Number(call['retry_in_ms']));
		t.true(
			pauses.every((ms, at) => ms > (pauses[at - 1] ?? 0)),
			pauses.join(),
		);
		// The time of an event is rounded to milliseconds.
		const at = runs().map(({time}) => Date.parse(time));
		for (const [run, ms] of pauses.entries()) t.true((at[run + 1] ?? 0) - (at[run] ?? 0) >= ms - 2, `${at} ${pauses}`);
	},
);

namespaceTest(
	'SIGKILL while the program runs: it is gone too, and the next start tells what was not settled, and only that',
	async (t, namespace) => {
		const hook = new RecordingHook(t);
		makeVeth(namespace);
		const args = ['--on', 'address', '--state', hook.state];
		const first = await startHook(t, namespace, hook, args);
		namespace.ip('addr add 10.1.0.2/32 dev v0');
		await hook.until('address-added 10.1.0.2');
		await waitFor('its end', () => first.stderr.includes('program was run'));
		hook.set('delay', '1000');
		namespace.ip('addr add 10.1.0.3/32 dev v0');
		await hook.until('address-added 10.1.0.3');
		first.child.kill('SIGKILL');
		await first.exited;
		const [running] = hook.pids.slice(-1);
		await waitFor('the end of the program', () => !existsSync(`/proc/${running}`));
		hook.unset('delay');
		hook.forgetRun();
		namespace.ip('addr del 10.1.0.1/24 dev v0');
		namespace.ip('addr add 10.1.0.4/32 dev v0');
		const before = hook.told.length;
		const second = await startHook(t, namespace, hook, args);
		await hook.until('address-added 10.1.0.4');
		namespace.ip('addr add 10.1.0.9/32 dev v0');
		await hook.until('address-added 10.1.0.9');
		t.is(await second.stop(), 0);
		const told = hook.told.slice(before);
		t.deepEqual(told.toSorted(), [
			'address-added 10.1.0.3',
			'address-added 10.1.0.4',
			'address-added 10.1.0.9',
			'address-removed 10.1.0.1',
		]);
	},
);

/** Every step between a change and saving it. `late`: after the run. */
const points = [
	{title: 'before the call is written down', at: 'openSync state.new before'},
	{title: 'while the call is written down', at: 'openSync state.new after'},
	{title: 'when the call is written down under another name', at: 'renameSync state.new before'},
	{title: 'before the program is run', at: 'renameSync state.new after'},
	{title: 'after the run, before it is written down', at: 'openSync state.new before', late: true},
	{title: 'after the run, while it is written down', at: 'renameSync state.new before', late: true},
	{title: 'after all is written down', at: 'renameSync state.new after', late: true},
] as const;

for (const point of points) {
	namespaceTest(`SIGKILL ${point.title}: the change is not lost, and nothing else is told`, async (t, namespace) => {
		const hook = new RecordingHook(t);
		makeVeth(namespace);
		const armed = join(hook.folder, 'armed');
		const env = {NODE_OPTIONS: `--require=${root}test/fixtures/programs/die-at.cjs`, DIE_AT: point.at, DIE_WHEN: armed};
		const args = ['--on', 'address', '--state', hook.state];
		const first = await startHook(t, namespace, hook, args, env);
		if ('late' in point) hook.set('script', ': >"$dir/armed"');
		else writeFileSync(armed, '');
		namespace.ip('addr add 10.1.0.2/24 dev v0');
		t.is(await first.exited, 'SIGKILL');
		await waitFor('the end of its children', () => namespace.processes().length === 0);
		hook.unset('script');
		hook.forgetRun();
		const second = await startHook(t, namespace, hook, args);
		namespace.ip('addr add 10.1.0.9/24 dev v0');
		await hook.until('address-added 10.1.0.9');
		t.is(await second.stop(), 0);
		t.deepEqual([...new Set(hook.told)], ['address-added 10.1.0.2', 'address-added 10.1.0.9']);
		const settled = 'late' in point && point.at.endsWith('after');
		t.is(hook.told.filter((text) => text.endsWith('.2')).length, settled || !('late' in point) ? 1 : 2);
	});
}

namespaceTest('SIGTERM waits for the program that runs, and exits 0; what it has done is settled', async (t, namespace) => {
	const hook = new RecordingHook(t);
	makeVeth(namespace);
	const args = ['--on', 'address', '--state', hook.state];
	const first = await startHook(t, namespace, hook, args);
	hook.set('script', 'while [ ! -e "$dir/go" ]; do sleep 0.01; done');
	namespace.ip('addr add 10.1.0.2/24 dev v0');
	await hook.until('address-added 10.1.0.2');
	first.child.kill('SIGTERM');
	await first.said('"ending"');
	writeFileSync(join(hook.folder, 'go'), '');
	t.is(await first.exited, 0);
	const second = await startHook(t, namespace, hook, args);
	namespace.ip('addr add 10.1.0.9/24 dev v0');
	await hook.until('address-added 10.1.0.9');
	t.is(await second.stop(), 0);
	t.deepEqual(hook.told, ['address-added 10.1.0.2', 'address-added 10.1.0.9']);
});

namespaceTest('--initial, --dev and --on narrow what a program is run for; what it prints is passed on', async (t, namespace) => {
	makeVeth(namespace);
	makeVeth(namespace, 'w0');
	// A work queue of the kernel sets the state of v0 (linkwatch_event, net/core/link_watch.c). Later it would be a change.
	await waitFor('the state of v0', () => namespace.ip('-o link').includes(': v0@p-v0: <BROADCAST,MULTICAST,UP,LOWER_UP>'));
	const [file, rest] = programCommand('netmon', [
		...['watch', '--initial', '--dev', 'v*', '--on', 'interface,address-added,address-found', '--family', 'inet'],
		...['--', 'sh', '-c', 'echo "$NETMON_EVENT $NETMON_EVENT_IFNAME $NETMON_EVENT_ADDRESS $1"', 'sh', '$HOME;*'],
	]);
	const netmon = new Running(namespace.command(file, rest), testIp);
	t.teardown(() => void netmon.child.kill('SIGKILL'));
	await waitFor('what is there', () => netmon.stdout.includes('address-found'));
	namespace.batch(['addr add 10.1.0.5/24 dev w0', 'addr del 10.1.0.1/24 dev v0', 'addr add 10.1.0.5/24 dev v0']);
	await waitFor('the address', () => netmon.stdout.includes('address-added'));
	t.is(await netmon.stop(), 0);
	t.is(
		netmon.stdout,
		['interface-found v0  $HOME;*', 'address-found v0 10.1.0.1/24 $HOME;*', 'address-added v0 10.1.0.5/24 $HOME;*', ''].join('\n'),
	);
	t.is(netmon.stderr, '');
});

for (const [args, code, says] of [
	[['--', '/nonexistent/hook'], 2, '"/nonexistent/hook" is not an executable program: there is no such file'],
	[['--'], 1, 'no program is named after --'],
	[['--retries', '3'], 1, '--retries is for a program, and none is named'],
	[['-s', 'a', '-r', '/bin/true', '--', 'true'], 1, '--runtime and a program cannot be used together'],
	[['--dry-run', '--', 'true'], 1, '--dry-run is for a runtime, not for a program'],
	[['--on', 'adress', '--', 'true'], 1, '--on cannot be "adress"'],
	[['--retries', 'x', '--', 'true'], 1, '--retries is not a number: "x"'],
	[['--timeout', '0ms', '--', 'true'], 1, '--timeout is 0, so every run would be killed at once'],
	[['--timeout', '5', '--', 'true'], 1, '--timeout is not a time: "5"'],
	[['--state', '/nonexistent/folder/state', '--', 'true'], 2, 'cannot write /nonexistent/folder/state'],
] as const) {
	namespaceTest(`netmon watch ${args.join(' ')} is refused with ${code}`, async (t, namespace) => {
		const [file, rest] = programCommand('netmon', ['watch', ...args]);
		const ended = await runToEnd(namespace.command(file, rest), testIp);
		t.is(ended.code, code, ended.stderr);
		t.true(ended.stderr.startsWith(`Error: ${says}`), ended.stderr);
		t.is(ended.stderr.split('\n').length, 3, ended.stderr);
	});
}
