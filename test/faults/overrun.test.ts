import {readFileSync} from 'node:fs';
import {namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {type Started, startWatch} from '../helpers/netmon.js';
import {waitFor} from '../helpers/wait.js';
import {guestAfter, summaryOf} from './consumer.js';
import {linkCommands, makeLink} from './links.js';
import {logLines, stateOf, untilLogged} from './log-lines.js';
import {monitorOf} from './processes.js';
import {StandIn} from './stand-in.js';

/** A monitor with the smallest socket buffer, so that the kernel soon has to drop events. */
const smallBuffer = 'shift 2; exec "$real" -rcvbuf 4096 "$@"';

const count = 5000;
const routeOf = (number: number) => `10.${number >> 8}.${number & 255}.0/24`;

/** 5,000 routes and 300 links come; half of the routes and all of the links go. */
function storm(namespace: TestNamespace): void {
	const numbers = [...Array(count).keys()];
	const links = [...Array(300).keys()].map((number) => `flap${number}`);
	namespace.batch([
		...numbers.map((number) => `route add ${routeOf(number)} via 10.100.1.1`),
		...links.flatMap((name) => [`link add ${name} group 7 type ifb`, `link set ${name} up`]),
		'link del group 7',
		...numbers.filter((number) => number % 2 === 1).map((number) => `route del ${routeOf(number)}`),
	]);
}

async function endsRight({runtime}: Started): Promise<void> {
	await runtime.until(
		'half of the routes',
		(calls) => {
			const {interfaces, routes} = guestAfter(calls, [{name: 'a0', hwaddr: ''}]);
			return interfaces.join() === 'a0' && routes?.length === count / 2 && routes.every((dest, index) => dest === routeOf(2 * index));
		},
		60_000,
	);
}

/** Bits of nl_groups, RTMGRP_NEIGH and RTMGRP_IPV4_ROUTE (linux/rtnetlink.h). */
const neighbourGroup = 0x4;
const routeGroup = 0x40;

/** All groups that have a subscriber in this process's namespace. */
function subscribedGroups(pid: number): number {
	const rows = readFileSync(`/proc/${pid}/net/netlink`, 'latin1').trim().split('\n').slice(1);
	return rows.reduce((groups, row) => groups | Number.parseInt(row.trim().split(/\s+/)[3] ?? '0', 16), 0);
}

/** How often the process has waited for something (voluntary_ctxt_switches, proc(5)). */
function waitsOf(pid: number): number {
	return Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]);
}

for (const how of ['on its stderr', 'by the drop counter of the kernel'] as const) {
	const silent = how !== 'on its stderr';
	namespaceTest(
		`a monitor that is stopped until the kernel drops events reports it ${how}: the final picture is right, and there are few calls`,
		async (t, namespace) => {
			const standIn = new StandIn(t, 'ip-with-monitor');
			standIn.write('monitor', silent ? `exec 2>/dev/null; ${smallBuffer}` : smallBuffer);
			makeLink(namespace, 'a0', 1);
			const started = await startWatch(t, namespace, {env: standIn.env, args: ['--interval', silent ? '3s' : '10m']});
			const monitor = await monitorOf(started.netmon);
			process.kill(monitor, 'SIGSTOP');
			// A poll during the storm would find links that stay a moment only, and a second one would replace the monitor.
			started.netmon.child.kill('SIGSTOP');
			storm(namespace);
			const waits = waitsOf(monitor);
			process.kill(monitor, 'SIGCONT');
			await waitFor('the monitor to have read what it can', () => waitsOf(monitor) > waits);
			started.netmon.child.kill('SIGCONT');
			await untilLogged(started.netmon, 'events may have been lost, everything is read again', 1, ({reason}) =>
				String(reason).includes(silent ? 'the kernel has dropped events' : 'No buffer space available'),
			);
			await endsRight(started);
			t.true(started.runtime.calls.length <= 12, JSON.stringify(started.runtime.calls.map(({op}) => op)));
			t.true((await monitorOf(started.netmon)) === monitor, 'it goes on after an overrun, and so do we');
			t.is(await started.netmon.stop(), 0);
		},
	);
}

namespaceTest(
	'a storm of 5,000 routes and 300 links while the monitor reads ends right, with few calls; neighbours are not subscribed',
	async (t, namespace) => {
		makeLink(namespace, 'a0', 1);
		const started = await startWatch(t, namespace);
		storm(namespace);
		await endsRight(started);
		const {calls} = started.runtime;
		const routeCalls = calls.filter(({op}) => op === 'update-routes').length;
		t.true(routeCalls <= 40, `${routeCalls} calls`);
		// Each link that was seen is added and deleted at most once.
		const summary = summaryOf(calls).filter((text) => !text.startsWith('update-routes'));
		t.is(new Set(summary).size, summary.length);
		const groups = subscribedGroups(await monitorOf(started.netmon));
		t.true((groups & routeGroup) !== 0);
		t.is(groups & neighbourGroup, 0, 'neighbours are not subscribed');
		await started.fence();
		t.is(await started.netmon.stop(), 0);
	},
);

namespaceTest('the monitor requests a larger receive buffer from the kernel', async (t, namespace) => {
	const standIn = new StandIn(t, 'ip-with-monitor');
	const {netmon} = await startWatch(t, namespace, {env: standIn.env});
	t.regex(standIn.lines('starts')[0] ?? '', /^-rcvbuf \d{7,} /);
	t.is(await netmon.stop(), 0);
});

namespaceTest(
	'an interface with 113 long alternative names kills ip monitor at each of its changes, and no change is missed',
	async (t, namespace) => {
		const started = await startWatch(t, namespace, {args: ['--interval', '10m']});
		const {netmon, runtime} = started;
		namespace.batch([
			...linkCommands('a0', 1),
			...[...Array(113).keys()].map((number) => `link property add dev a0 altname ${String(number).padStart(3, '0')}${'x'.repeat(124)}`),
		]);
		await untilLogged(netmon, 'monitor ended', 1, ({reason}) => /runcated/.test(String(reason)));
		// The kernel's last event about the new link may come later, and kills a monitor too.
		await started.fence();
		const deaths = () => logLines(netmon, 'monitor ended').length;
		for (const [round, address] of ['10.50.0.2', '10.51.0.2', '10.52.0.2'].entries()) {
			// One that dies between this moment and the changes counts: the changes then come while there is none.
			const before = deaths();
			await waitFor('the monitor', async () => (await stateOf(netmon))['monitorUp'] === true);
			namespace.batch([
				`link set a0 mtu ${1400 + round}`,
				`addr add ${address}/16 dev a0`,
				`route add 10.7${round}.0.0/16 via ${address.replace(/2$/, '1')}`,
			]);
			await runtime.until('its route', (calls) => guestAfter(calls).routes?.includes(`10.7${round}.0.0/16`) === true);
			await untilLogged(netmon, 'monitor ended', before + 1);
		}
		t.deepEqual(
			summaryOf(runtime.calls).filter((text) => text.includes('iface')),
			['add-iface a0'],
		);
		namespace.ip('link del a0');
		await runtime.until('its end', (calls) => guestAfter(calls).interfaces.length === 0);
		t.is(await netmon.stop(), 0);
	},
);
