import type {ExecutionContext} from 'ava';
import {makeMounts, type TestMounts} from '../faults/mounts.js';
import {childrenOf, isAlive} from '../faults/processes.js';
import {namespaceTest, namespaceTestIf, type TestNamespace} from '../helpers/namespace.js';
import {programCommand, Running, testIp} from '../helpers/netmon.js';
import {eventsIn} from '../helpers/schemas.js';
import {waitFor} from '../helpers/wait.js';

type Seen = Readonly<Record<string, unknown>>;

/** Mounts with private names for `ip netns`. */
async function withNames(t: ExecutionContext<unknown>, namespace: TestNamespace): Promise<TestMounts> {
	const mounts = await makeMounts(t, namespace);
	mounts.sh('mount -t tmpfs none "$(readlink -f /var/run)"');
	return mounts;
}

class WatchedHost {
	readonly netmon: Running;

	constructor(t: ExecutionContext<unknown>, command: readonly [string, readonly string[]]) {
		this.netmon = new Running(command, testIp);
		t.teardown(() => void this.netmon.child.kill('SIGKILL'));
	}

	get events(): readonly Seen[] {
		return eventsIn(this.netmon.stdout.slice(0, this.netmon.stdout.lastIndexOf('\n') + 1));
	}

	of(netns: string | undefined): readonly Seen[] {
		return this.events.filter((event) => event['netns'] === netns);
	}

	async until(what: string, holds: (events: readonly Seen[]) => boolean, limitMs?: number): Promise<void> {
		await waitFor(`${what} in ${this.netmon.stderr}`, () => holds(this.events), limitMs);
	}

	/** Waits until the last event about each of these namespaces says that it is watched. */
	async ready(names: readonly (string | undefined)[], limitMs?: number): Promise<void> {
		const areReady = (events: readonly Seen[]) => {
			const kinds = new Map<unknown, unknown>();
			for (const {netns, event} of events) if (event === 'ready' || String(event).startsWith('namespace-')) kinds.set(netns, event);
			return names.every((name) => kinds.get(name) === 'ready');
		};
		await this.until('ready', areReady, limitMs);
	}
}

function watchOf(t: ExecutionContext<unknown>, mounts: TestMounts, ...args: readonly string[]): WatchedHost {
	const [file, rest] = programCommand('netmon', ['watch', '--json', ...args]);
	return new WatchedHost(t, mounts.command(file, rest));
}

/** Names of interfaces that came (`+`) and went (`-`), in order. */
const interfacesIn = (events: readonly Seen[]): string[] =>
	events.flatMap(({event, interface: link}) => {
		const sign = event === 'interface-added' ? '+' : event === 'interface-removed' ? '-' : undefined;
		return sign === undefined ? [] : [`${sign}${(link as {ifname: string}).ifname}`];
	});

namespaceTest(
	'a pattern: what fits is watched within a second, gone ones are reported, what does not fit is left alone',
	async (t, namespace) => {
		const mounts = await withNames(t, namespace);
		mounts.sh('ip netns add web-1; ip netns add db-1');
		const host = watchOf(t, mounts, '--netns', 'web-*');
		await host.ready(['web-1']);
		const timesMs: number[] = [];
		// A busy machine may stall at the first ones.
		for (let n = 2; n < 7 && !timesMs.some((ms) => ms < 1000); n += 1) {
			const begun = performance.now();
			mounts.sh(`ip netns add web-${n}`);
			await host.ready(['web-1', `web-${n}`]);
			timesMs.push(performance.now() - begun);
		}
		t.true(Math.min(...timesMs) < 1000, timesMs.join());
		mounts.sh('ip netns del web-1; ip -n web-2 link add v0 type veth peer name v1');
		await host.until('the end of web-1', (events) => events.some(({event}) => event === 'namespace-gone'));
		await host.until('v0', (events) => interfacesIn(events).length === 2);
		mounts.sh('ip netns add web-1');
		await host.ready(['web-1']);
		t.deepEqual(host.of('db-1'), []);
		t.deepEqual(
			host.of('web-1').map(({event, seq}) => [event, seq]),
			['namespace-found', 'interface-found', 'ready', 'namespace-gone', 'namespace-found', 'interface-found', 'ready'].map((event, at) => [
				event,
				at + 1,
			]),
			'a name that comes back is watched afresh, and counts on',
		);
		t.is(await host.netmon.stop(), 0);
		t.is(host.netmon.stderr, '');
	},
);

namespaceTest('a pattern that nothing fits yet is said once, and what comes is watched', async (t, namespace) => {
	const mounts = await withNames(t, namespace);
	const host = watchOf(t, mounts, '--netns', 'web-*');
	await host.netmon.said('"netns":["web-*"],"msg":"no such namespace is there yet, waiting for one"');
	mounts.sh('ip netns add web-1');
	await host.ready(['web-1']);
	t.is(host.netmon.stderr.split('no such namespace').length, 2);
});

namespaceTest('a name that stands for another namespace is replaced, and the new one is shown', async (t, namespace) => {
	const mounts = await withNames(t, namespace);
	mounts.sh('ip netns add web; ip -n web link add old type veth peer name peer');
	const host = watchOf(t, mounts, '--netns', 'w*');
	await host.ready(['web']);
	mounts.sh('ip netns del web; ip netns add web; ip -n web link add new type veth peer name peer');
	await host.until('new', (events) => events.some(({interface: link}) => (link as {ifname?: string} | undefined)?.ifname === 'new'));
	const kinds = host.of('web').map(({event}) => event);
	t.true(kinds.includes('namespace-replaced') || kinds.includes('namespace-gone'), kinds.join());
	t.deepEqual(
		interfacesIn(host.of('web')).filter((text) => text.startsWith('-')),
		[],
	);
	t.is(await host.netmon.stop(), 0);
});

namespaceTestIf(
	process.getuid?.() === 0 ? undefined : 'an ordinary user sees the namespaces of his own processes only',
	'--all-netns: those that only processes have are named by pid, with command; they go with their process',
	async (t, namespace) => {
		const mounts = await withNames(t, namespace);
		mounts.sh('ip netns add web');
		// In a pid namespace of its own, so that it does not enter the namespaces of other tests.
		const [file, args] = programCommand('netmon', ['watch', '--json', '--all-netns']);
		const until = (path: string) => `while [ ! -e ${path} ]; do sleep 0.05; done`;
		const script = `(${until('/run/begin')}; unshare --net sleep infinity & ${until('/run/end')}; kill $!) & exec "$@"`;
		const apart = ['--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', script, 'sh', file, ...args];
		const host = new WatchedHost(t, mounts.command('unshare', apart));
		await host.ready(['web', undefined]);
		mounts.sh('touch /run/begin');
		// It is found by either name: it is in its namespace a moment before it becomes sleep.
		const isFound = ({command, event}: Seen) => (command === 'sleep' || command === 'unshare') && event === 'namespace-found';
		await host.until('the process', (events) => events.some(isFound));
		const name = String(host.events.find(isFound)?.['netns']);
		t.regex(name, /^pid:\d+$/);
		await host.ready([name]);
		mounts.sh('touch /run/end');
		await host.until('its end', () => host.of(name).some(({event}) => event === 'namespace-gone'));
		t.deepEqual([...new Set(host.events.map(({netns}) => netns))].sort(), [name, 'web', undefined], "netmon's own has no name");
	},
);

namespaceTest(
	'60 namespaces with a bridge and veth pairs between them, of which a third come and go: each event once, in its namespace',
	async (t, namespace) => {
		const mounts = await withNames(t, namespace);
		const names = Array.from({length: 60}, (_, n) => `n${n}`);
		/** Each has a bridge, and a pair to the one before it. */
		const make = (n: number) =>
			[
				`ip netns add n${n}`,
				`ip -n n${n} link add br0 type bridge`,
				...(n === 0 ? [] : [`ip -n n${n} link add up${n} type veth peer name down${n} netns n${n - 1}`]),
			].join('\n');
		mounts.sh(names.map((_, n) => make(n)).join('\n'));
		const host = watchOf(t, mounts, '--netns', 'n*');
		/** Long enough for so many starts and ends on a busy machine. */
		const manyMs = 60_000;
		await host.ready(names, manyMs);
		const third = names.flatMap((_, n) => (n % 3 === 1 ? [n] : []));
		mounts.sh(third.map((n) => `ip netns del n${n}`).join('\n'));
		await host.until('the third to go', (events) => events.filter(({event}) => event === 'namespace-gone').length === third.length, manyMs);
		// The kernel removes a namespace after its last user has gone, and the pairs to its neighbours with it.
		await host.until(
			'their pairs to go',
			(events) => interfacesIn(events).filter((text) => text.startsWith('-')).length === 2 * third.length,
			manyMs,
		);
		mounts.sh(third.map(make).join('\n'));
		await host.ready(names, manyMs);
		for (const n of names.keys()) mounts.sh(`ip -n n${n} link add e${n} type veth peer name f${n}`);
		await host.until(
			'the last',
			(events) => interfacesIn(events).filter((text) => /^\+[ef]/.test(text)).length === 2 * names.length,
			manyMs,
		);
		for (const [n, name] of names.entries()) {
			const own = host.of(name);
			t.deepEqual(
				own.map(({seq}) => seq),
				own.map((_, at) => at + 1),
				name,
			);
			const changes = interfacesIn(own);
			t.deepEqual(changes.slice(-2).sort(), [`+e${n}`, `+f${n}`], name);
			// The pair to a neighbour goes with either end, and comes again with the neighbour that made it.
			const gone = n % 3 === 2 ? [`-up${n}`] : n % 3 === 0 ? [`-down${n + 1}`] : [];
			t.deepEqual(
				changes.filter((text) => text.startsWith('-')),
				n % 3 === 1 ? [] : gone,
				name,
			);
		}
		const children = childrenOf(host.netmon.pid, /./);
		t.true(children.length >= names.length);
		host.netmon.child.kill('SIGKILL');
		await waitFor('the end of its children', () => !children.some(isAlive));
	},
);
