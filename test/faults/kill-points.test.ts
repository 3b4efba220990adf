import {existsSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {root, type Started, startWatch} from '../helpers/netmon.js';
import {RecordingRuntime} from '../helpers/runtime.js';
import {waitFor} from '../helpers/wait.js';
import {guestAfter, summaryOf} from './consumer.js';
import {hwaddrOf, makeLink} from './links.js';

/** Every step of one call, in order. `at` is a step of netmon itself, `hook` one inside the runtime. */
const points = [
	{title: 'before a call is written down', at: 'openSync call.json.new before'},
	{title: 'while a call is written down', at: 'openSync call.json.new after'},
	{title: 'when a call is written down under another name', at: 'renameSync call.json.new before'},
	{title: 'before the file of a call is made', at: 'openSync shared.json before'},
	{title: 'while the file of a call is empty', at: 'openSync shared.json after'},
	{title: 'before a call', at: 'closeSync shared.json after'},
	{title: 'during a call, which dies too and has done nothing', hook: 'sed -i "\\$d" "$dir/calls"; kill -9 $PPID; kill -9 $$'},
	{title: 'during a call, which dies too and had done its work', hook: 'kill -9 $PPID; kill -9 $$'},
	{title: 'after a call, before its file is removed', at: 'unlinkSync shared.json before', late: true},
	{title: 'after a call, before the state is saved', at: 'openSync announced.json.new before', late: true},
	{title: 'while the state is saved', at: 'openSync announced.json.new after', late: true},
	{title: 'when the state is saved under another name', at: 'renameSync announced.json.new before', late: true},
	{title: 'when the state is saved and the call is still written down', at: 'renameSync announced.json.new after', late: true},
	{title: 'after all is saved', at: 'unlinkSync call.json after', late: true},
] as const;

/** A change that leads to this call first, and what the guest has afterwards. */
const victims = [
	{
		op: 'add-iface',
		change: (namespace: TestNamespace) => makeLink(namespace, 'a1', 2),
		interfaces: ['a0', 'a1'],
		routes: [],
	},
	{
		op: 'update-routes',
		change: (namespace: TestNamespace) => namespace.ip('route add 10.9.0.0/16 via 10.100.2.1'),
		interfaces: ['a0', 'a1'],
		routes: ['10.9.0.0/16'],
	},
	{
		op: 'del-iface',
		change: (namespace: TestNamespace) => namespace.ip('link del a0'),
		interfaces: ['a1'],
		routes: ['10.9.0.0/16'],
	},
] as const;

for (const point of points) {
	namespaceTest(`SIGKILL ${point.title}: the next start ends right, no child is left`, async (t, namespace) => {
		const runtime = new RecordingRuntime();
		t.teardown(() => runtime.close());
		makeLink(namespace, 'a0', 1);
		const armed = join(runtime.folder, 'armed');
		const env =
			'at' in point ? {NODE_OPTIONS: `--require=${root}test/fixtures/programs/die-at.cjs`, DIE_AT: point.at, DIE_WHEN: armed} : {};
		let started = await startWatch(t, namespace, {runtime, env});
		for (const {op, change, interfaces, routes} of victims) {
			if ('late' in point) runtime.hook(`[ "$2" = ${op} ] && : >"$dir/armed"`);
			else if ('hook' in point) runtime.hook(`if [ "$2" = ${op} ]; then ${point.hook}; fi`);
			else writeFileSync(armed, '');
			change(namespace);
			t.is(await started.netmon.exited, 'SIGKILL');
			await waitFor('the end of its children', () => namespace.processes().length === 0);
			runtime.unhook();
			rmSync(armed, {force: true});
			// Nobody watches this one come. It goes before the next victim.
			makeLink(namespace, 'm0', 9);
			started = await startWatch(t, namespace, {runtime, env});
			await endsRight(started, [...interfaces, 'm0'], routes);
			namespace.ip('link del m0');
			await endsRight(started, interfaces, routes);
			await settled(t, started);
		}
		t.is(await started.netmon.stop(), 0);
	});
}

async function endsRight({runtime}: Started, interfaces: readonly string[], routes: readonly string[]): Promise<void> {
	await runtime.until(`${interfaces.join()} and ${routes.join()}`, (calls) => {
		const guest = guestAfter(calls, [{name: 'a0', hwaddr: hwaddrOf(1)}]);
		return (
			[...guest.interfaces].sort().join() === interfaces.join() &&
			(guest.routes ?? []).join() === routes.join() &&
			summaryOf(calls).at(-1)?.startsWith('update-routes') === true
		);
	});
}

/** Waits until no call is running, so that the next one is for the next change. */
async function settled(t: ExecutionContext<unknown>, {runtime}: Started): Promise<void> {
	const {length} = runtime.calls;
	await waitFor('the state to be saved', () => !existsSync(join(runtime.stateDir, 'sb1/call.json')));
	t.is(runtime.calls.length, length);
}
