import {namespaceTest} from '../helpers/namespace.js';
import {startWatch} from '../helpers/netmon.js';
import {summaryOf} from './consumer.js';
import {makeLink} from './links.js';
import {stateOf} from './log-lines.js';

/** What kata-runtime does in the namespace when it attaches an interface, and an extra route. */
const effects = `case $2 in
add-iface)
	ip link add tap0_kata type veth peer name br0_kata 2>/dev/null
	ip addr replace 10.66.0.1/24 dev tap0_kata
	ip link set br0_kata up
	ip link set tap0_kata up
	ip route replace 10.77.0.0/16 via 10.100.1.1
	;;
del-iface) ip link del tap0_kata ;;
update-routes) ip route replace 10.78.0.0/16 via 10.66.0.2 ;;
esac`;

/** The interval is varied by up to a quarter. */
const intervalMs = 200;
const leastIntervalMs = 0.75 * intervalMs;

namespaceTest('a runtime whose calls make a tap0_kata and routes in the namespace leads to no loop', async (t, namespace) => {
	const started = await startWatch(t, namespace, {args: ['--interval', `${intervalMs}ms`]});
	const {netmon, runtime} = started;
	runtime.hook(effects);
	makeLink(namespace, 'a0', 1);
	await runtime.until('its route', (calls) => calls.some(({text}) => text.includes('10.77.0.0/16')));
	await started.fence();
	await started.fence();
	const calls = summaryOf(runtime.calls);
	t.deepEqual(
		calls.filter((text) => text.includes('iface')),
		['add-iface a0'],
	);
	t.true(calls.length <= 6, JSON.stringify(calls));
	t.true(
		calls.every((text) => !text.includes('10.78.')),
		'a route of an interface that the guest has not',
	);
	const looks = async () => Number((await stateOf(netmon))['looks']);
	const begun = performance.now();
	const before = await looks();
	await started.fence();
	const more = (await looks()) - before;
	const polls = Math.ceil((performance.now() - begun) / leastIntervalMs);
	t.true(more <= 5 + polls, `${more} looks, of which ${polls} may be polls`);
	namespace.ip('link del a0');
	await runtime.until('its end', (all) => summaryOf(all).at(-1) === 'update-routes' && summaryOf(all).includes('del-iface a0'));
	await started.fence();
	t.true(runtime.calls.length <= calls.length + 5, JSON.stringify(summaryOf(runtime.calls)));
	t.is(await netmon.stop(), 0);
});
