import {listeningSocket} from '../../src/probe/monitor/netlink-sockets.js';
import {monitorOf} from '../faults/processes.js';
import {namespaceTest} from '../helpers/namespace.js';
import {programCommand, Running, testIp} from '../helpers/netmon.js';
import {eventsIn} from '../helpers/schemas.js';
import {waitFor} from '../helpers/wait.js';

namespaceTest('issue 13: every event of a real story fits the schema, in the order of causes, without a gap', async (t, namespace) => {
	namespace.batch(['link add v0 type veth peer name p0', 'addr add 10.1.0.2/24 dev v0', 'link set p0 up', 'link set v0 up']);
	const [file, rest] = programCommand('netmon', ['watch', '--json']);
	const netmon = new Running(namespace.command(file, rest), testIp);
	t.teardown(() => void netmon.child.kill('SIGKILL'));
	const said = (pattern: RegExp) => waitFor(String(pattern), () => pattern.test(netmon.stdout));
	await said(/"event":"ready"/);
	for (const [line, pattern] of [
		['route add 10.9.0.0/16 via 10.1.0.1', /"route-added".*10\.9\.0\.0/],
		['route replace 10.9.0.0/16 via 10.1.0.9 mtu 1400', /"route-changed".*10\.1\.0\.9/],
		['addr add fd00::2/64 dev v0', /"address-(added|changed)".*fd00::2/],
		['-6 route add fd01::/64 via fd00::9', /"route-added".*fd01::/],
		['link set v0 down', /"route-removed".*10\.9\.0\.0/],
		['link set v0 name w0', /"renamed|"field":"ifname"/],
		['link del w0', /"interface-removed"/],
	] as const) {
		namespace.ip(line);
		await said(pattern);
	}
	for (let n = 0; n < 20; n += 1) namespace.batch(['route add 10.8.0.0/16 dev lo', 'route del 10.8.0.0/16 dev lo']);
	// While netmon is stopped, so that no look falls between, however long the batch takes.
	netmon.child.kill('SIGSTOP');
	namespace.batch(Array.from({length: 20}, () => ['route add 10.7.0.0/16 dev lo', 'route del 10.7.0.0/16 dev lo']).flat());
	const monitor = await monitorOf(netmon);
	await waitFor('its monitor to have read all', () => (listeningSocket(monitor)?.unreadBytes ?? 0) === 0);
	netmon.child.kill('SIGCONT');
	const linesOf = (dst: string) =>
		eventsIn(netmon.stdout)
			.filter((event) => JSON.stringify(event).includes(dst))
			.reduce((sum, event) => sum + (event['event'] === 'route-flapped' ? Number(event['count']) : 1), 0);
	await waitFor('the flaps', () => linesOf('10.7.0.0/16') >= 40);
	t.is(linesOf('10.7.0.0/16'), 40, 'each of the 40 lines is in an event or counted');
	t.is(await netmon.stop(), 0);
	const events = eventsIn(netmon.stdout);
	t.deepEqual(
		events.map(({seq}) => seq),
		events.map((_, index) => index + 1),
	);
	const wentDown = events.find(({event, changes}) => event === 'interface-changed' && JSON.stringify(changes).includes('"removed":["UP"'));
	const lost = events.find((event) => event['event'] === 'route-removed' && JSON.stringify(event).includes('10.9.0.0/16'));
	// A look that was reading the routes at that moment finds the route gone before it has read the link (docs/events.md).
	const wasEarlier = Number(lost?.['seq']) < Number(wentDown?.['seq']);
	t.deepEqual(lost?.['because'], wasEarlier ? undefined : {event: 'interface-changed', seq: wentDown?.['seq']});
});
