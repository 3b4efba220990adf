import {degradedIp, quirks} from '../helpers/degraded-ips.js';
import {namespaceTest} from '../helpers/namespace.js';
import {withEveryTrick} from '../helpers/netmon.js';
import {startStory, vethPair} from '../helpers/story.js';
import {waitFor} from '../helpers/wait.js';

const slowWay = 'ip -batch cannot be used, each question starts a process now';
const lost = 'events may have been lost, everything is read again';

/** The warnings expected for a quirk. All others lead to no warning. */
const warnings: Readonly<Record<string, string>> = {
	'no-batch': slowWay,
	'batch-without-force': slowWay,
	'fib-table-missing': slowWay,
	'batch-that-buffers': slowWay,
	// Such an event says nothing except that there was one.
	'json-events': lost,
};

/** Names that some release prints in its own way, as in a line for `ip -batch`, latin1. */
const odd = {apostrophe: `"apo'st"`, quote: `'q"uote'`, control: 'ctl\u0001\u001b[1m', bytes: 'bad\u00ff\u00fe', at: 'at@if3'};

const numbers = (count: number) => Array.from({length: count}, (_, index) => index);
const pair = (name: string, number: number) => vethPair(name, `10.${number}.0.2/24`, {peer: `peer${number}_kata`});

for (const quirk of [...quirks, 'none']) {
	namespaceTest(`an ip with the quirk "${quirk}" leads to the same calls as any other`, async (t, namespace) => {
		const env = {...withEveryTrick, NETMON_FAMILY: 'all', ...(quirk === 'none' ? {} : {NETMON_IP: degradedIp(quirk)})};
		namespace.batch([...pair('v0', 1), ...pair(odd.apostrophe, 2)]);
		const {netmon, runtime, told} = await startStory(t, namespace, {env, args: ['--interval', '10m']});
		t.deepEqual(runtime.calls, [], 'what was there at the start is known');

		// A link that an interrupted dump lacks comes later than a fence.
		const called = (count: number) =>
			runtime.until(`${count} calls for interfaces`, (calls) => calls.filter(({op}) => op !== 'update-routes').length >= count);
		namespace.batch([...pair(odd.control, 3), ...pair(odd.bytes, 4)]);
		await called(2);
		t.deepEqual((await told()).interfaces.toSorted().toReversed(), [
			'add-iface ctl\u0001\u001b[1m 10.3.0.2/24',
			'add-iface bad\ufffd\ufffd 10.4.0.2/24',
		]);

		// Up last: it is announced with what it has then.
		namespace.batch([...pair(odd.quote, 5).toSpliced(-1, 0, "addr add fd00:5::2/64 dev 'q\"uote' nodad"), ...pair(odd.at, 6)]);
		await called(4);
		t.deepEqual((await told()).interfaces.toSorted().toReversed(), [
			'add-iface q"uote 10.5.0.2/24 fd00:5::2/64',
			'add-iface at@if3 10.6.0.2/24',
		]);

		namespace.batch([
			'route add default via 10.1.0.1',
			'route add 10.10.0.0/16 via 10.2.0.1 metric 50 mtu 1300',
			'route add 10.11.0.0/16 nexthop via 10.1.0.1 weight 1 nexthop via 10.5.0.1 weight 2',
			'nexthop add id 10 via 10.1.0.1 dev v0',
			'route add 10.12.0.0/16 nhid 10',
			'route add blackhole 10.13.0.0/16',
			'route add 10.14.0.0/16 via 10.1.0.1 table 100',
		]);
		namespace.ip('-6 route add fd00:8::/32 via fd00:5::1');
		const routes = [
			'default via 10.1.0.1 dev v0',
			"10.10.0.0/16 via 10.2.0.1 dev apo'st",
			'10.11.0.0/16 via 10.5.0.1 dev q"uote',
			'10.12.0.0/16 via 10.1.0.1 dev v0',
			'fd00:8::/32 via fd00:5::1 dev q"uote',
		];
		t.deepEqual(await told(), {interfaces: [], routes});

		namespace.batch(['nexthop del id 10', 'link add br0 type bridge', 'link set v0 master br0', 'link set v0 nomaster']);
		namespace.ip(['link', 'set', 'dev', 'v0', 'alias', 'a\n[LINK]Deleted 1: lo: <LOOPBACK> mtu 65536\n[LINK][ROUTE]Deleted default']);
		namespace.batch(['link set v0 mtu 1400', 'link set v0 down', 'link set v0 name v9', 'link set v9 up']);
		t.deepEqual(await told(), {interfaces: [], routes: routes.filter((route) => route.includes("apo'st") || route.includes('q"uote'))});

		namespace.batch(numbers(50).map((n) => `route add 10.20.${n}.0/24 via 10.1.0.1`));
		namespace.batch([...pair('w0', 7), `link del ${odd.apostrophe}`, 'link del w0', ...pair('w0', 8)]);
		await runtime.until('the last link', (calls) => calls.some(({op, text}) => op === 'add-iface' && text.includes('10.8.0.2')));
		await runtime.until('the end of a link', (calls) => calls.some(({op, text}) => op === 'del-iface' && text.includes('10.2.0.2')));
		const burst = await told();
		t.deepEqual(
			burst.interfaces
				.filter((call) => !call.includes('10.7.0.2'))
				.toSorted()
				.toReversed(),
			["del-iface apo'st 10.2.0.2/24", 'add-iface w0 10.8.0.2/24'],
		);
		t.is(burst.routes.filter((route) => route.startsWith('10.20.')).length, 50);
		t.true(burst.routes.includes('10.20.49.0/24 via 10.1.0.1 dev v0'), 'under the name that was announced');

		namespace.batch([`link del ${odd.control}`, `link del ${odd.bytes}`, 'link del v9']);
		await runtime.until('the end of v9', (calls) =>
			[1, 3, 4].every((n) => calls.some(({op, text}) => op === 'del-iface' && text.includes(`10.${n}.0.2`))),
		);
		const end = await told();
		// In the order of the looks that found them gone.
		t.deepEqual([...end.interfaces].sort(), [
			'del-iface bad\ufffd\ufffd 10.4.0.2/24',
			'del-iface ctl\u0001\u001b[1m 10.3.0.2/24',
			'del-iface v0 10.1.0.2/24',
		]);
		t.deepEqual(end.routes, ['fd00:8::/32 via fd00:5::1 dev q"uote']);

		const said = new Set(
			netmon.stderr
				.split('\n')
				.filter((line) => line.includes('"level":"warn"') || line.includes('"level":"error"'))
				// If a busy machine stops the filter behind ip for a second, one read fails, and answers come through a pipe from then on.
				.filter((line) => quirk === 'none' || line.includes(slowWay) || !line.includes('an answer did not get into its file'))
				.map((line) => String(JSON.parse(line).msg))
				.filter((message) => !message.startsWith('route is not sent')),
		);
		t.deepEqual([...said], warnings[quirk] === undefined ? [] : [warnings[quirk]], netmon.stderr);
		t.is(netmon.stderr.split(slowWay).length - 1, warnings[quirk] === slowWay ? 1 : 0, 'said once');

		netmon.child.kill('SIGKILL');
		await netmon.exited;
		await waitFor(`the end of ${namespace.processes()}`, () => namespace.processes().length === 0);
		t.pass('nothing outlives it');
	});
}

namespaceTest('a main table that was never used counts as empty with an ip that calls it missing', async (t, namespace) => {
	const {netmon, told} = await startStory(t, namespace, {env: {...withEveryTrick, NETMON_IP: degradedIp('fib-table-missing')}});
	t.false(netmon.stderr.includes('cannot read the namespace'));
	t.deepEqual(await told(), {interfaces: [], routes: []});
	t.is(await netmon.stop(), 0);
});
