import {namespaceTest, namespaceTestWhere} from '../helpers/namespace.js';
import {startStory, vethPair} from '../helpers/story.js';
import {waitFor} from '../helpers/wait.js';

const v0 = vethPair('v0', '10.1.0.2/24');
const route = 'route add 10.9.0.0/16 via 10.1.0.1';
const sent = '10.9.0.0/16 via 10.1.0.1 dev v0';

/** The kernel sends no event about the route in any of these (docs/reliability.md, story 1). */
const silent = [
	{what: 'its link goes down', lines: ['link set v0 down']},
	{what: 'its address is removed', lines: ['addr del 10.1.0.2/24 dev v0']},
	{what: 'all addresses are flushed', lines: ['addr flush dev v0']},
];

for (const {what, lines} of silent) {
	namespaceTest(`a route that goes because ${what} is dropped without an event`, async (t, namespace) => {
		namespace.batch([...v0, route]);
		const {told} = await startStory(t, namespace);
		t.deepEqual((await told()).routes, [sent]);
		namespace.batch(lines);
		t.deepEqual(await told(), {interfaces: [], routes: []});
	});
}

namespaceTest('routes of a link that is deleted are dropped, those of others stay', async (t, namespace) => {
	namespace.batch([...v0, ...vethPair('w0', '10.2.0.2/24'), route, 'route add 10.8.0.0/16 via 10.2.0.1']);
	const {told} = await startStory(t, namespace);
	t.deepEqual((await told()).routes, ['10.8.0.0/16 via 10.2.0.1 dev w0', sent]);
	namespace.ip('link del v0');
	t.deepEqual(await told(), {interfaces: ['del-iface v0 10.1.0.2/24'], routes: ['10.8.0.0/16 via 10.2.0.1 dev w0']});
});

const byNexthop = [...v0, 'nexthop add id 7 via 10.1.0.1 dev v0', 'route add 10.9.0.0/16 nhid 7'];

namespaceTestWhere(byNexthop, 'a route that goes with its nexthop object is dropped', async (t, namespace) => {
	namespace.batch(byNexthop);
	const {told} = await startStory(t, namespace);
	t.deepEqual((await told()).routes, [sent]);
	namespace.ip('nexthop del id 7');
	t.deepEqual((await told()).routes, []);
});

namespaceTestWhere(byNexthop, 'a route of a nexthop object follows it when it is replaced', async (t, namespace) => {
	namespace.batch(byNexthop);
	const {told} = await startStory(t, namespace);
	namespace.ip('nexthop replace id 7 via 10.1.0.3 dev v0');
	t.deepEqual((await told()).routes, ['10.9.0.0/16 via 10.1.0.3 dev v0']);
});

namespaceTestWhere(byNexthop, 'a route of a nexthop object that goes with the carrier is dropped', async (t, namespace) => {
	namespace.batch(byNexthop);
	const {told} = await startStory(t, namespace);
	t.deepEqual((await told()).routes, [sent]);
	namespace.ip('link set pv0 down');
	// A work queue of the kernel takes in the loss of the carrier (linkwatch_event, net/core/link_watch.c).
	await waitFor('the loss of the carrier', () => namespace.ip('-o link').includes(': v0@pv0: <NO-CARRIER,'));
	// The kernel decides whether to drop it then; only its list counts.
	const listed = namespace.ip('route show 10.9.0.0/16') !== '';
	t.deepEqual(await told(), {interfaces: [], routes: listed ? [sent] : []});
});

namespaceTest('clearing the last route sends an empty list, not null', async (t, namespace) => {
	namespace.batch([...v0, route]);
	const {runtime} = await startStory(t, namespace);
	namespace.ip('route del 10.9.0.0/16');
	const [call] = await runtime.until('a call', (calls) => calls.length > 0);
	t.deepEqual([call?.op, call?.text], ['update-routes', '[]']);
});

namespaceTest('a link that goes down and up again at once, and lost its routes on the way, is noticed', async (t, namespace) => {
	namespace.batch([...v0, route]);
	const {told} = await startStory(t, namespace);
	t.deepEqual((await told()).routes, [sent]);
	namespace.batch(['link set v0 down', 'link set v0 up']);
	t.deepEqual(await told(), {interfaces: [], routes: []});
});
