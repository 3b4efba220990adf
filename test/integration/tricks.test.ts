import type {ExecutionContext} from 'ava';
import {makeNamespace, namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {startStory, type Told, vethPair} from '../helpers/story.js';

const numbers = (count: number) => Array.from({length: count}, (_, index) => index);

/** Each step as `ip` commands that lead to the same calls however they are seen. */
const steps: readonly (readonly string[])[] = [
	// One after the other: of two that get their carriers at once, either may be told first.
	vethPair('v0', '10.1.0.2/24', {mac: '02:00:00:00:00:01'}),
	vethPair('v1', '10.1.1.2/24', {mac: '02:00:00:00:00:02'}),
	numbers(30).map((n) => `route add 10.9.${n}.0/24 via 10.1.0.1`),
	['route replace 10.9.7.0/24 via 10.1.1.1', 'route del 10.9.29.0/24', 'route add default via 10.1.1.1'],
	['link set v0 down', 'link set v0 name w0', 'link set w0 up', 'route add 10.9.0.0/16 via 10.1.0.1'],
	['link del v1', ...vethPair('v1', '10.1.1.3/24', {mac: '02:00:00:00:00:03'})],
	['addr add 10.1.1.4/24 dev v1', 'link set v1 mtu 1400', 'link set w0 down', 'route add 10.8.0.0/16 via 10.1.1.9'],
	['link del v1'],
	['link del w0'],
];

/** Each of these changes a link, or its addresses, but not both. */
const changesOfOne: readonly (readonly string[])[] = [
	vethPair('v0', '10.1.0.2/24', {mac: '02:00:00:00:00:01'}),
	['link set v0 mtu 1400'],
	['addr add 10.1.0.3/24 dev v0'],
	['link set v0 mtu 1300'],
	['addr add 2001:db8::2/64 dev v0 nodad'],
	['link set v0 address 02:00:00:00:00:09'],
	['addr del 10.1.0.2/24 dev v0'],
	['link set v0 down'],
	['link set v0 name w0'],
	['link set w0 up', 'link set w0 mtu 1200'],
	['addr flush dev w0'],
	['link set w0 mtu 1100'],
	['link del w0', ...vethPair('w0', '10.1.0.4/24', {mac: '02:00:00:00:00:01'})],
	['link set w0 mtu 1000'],
];

/** Links that never change, to have many of them in the namespace. */
const crowd = numbers(60).map((n) => `link add idle${n} type veth peer name still${n}`);

async function tell(
	t: ExecutionContext<unknown>,
	namespace: TestNamespace,
	env: Readonly<Record<string, string>>,
	changes = steps,
): Promise<Told[]> {
	const {netmon, told} = await startStory(t, namespace, {env});
	const answers: Told[] = [];
	for (const step of changes) {
		namespace.batch(step);
		answers.push(await told());
	}
	t.is(await netmon.stop(), 0);
	return answers;
}

for (const without of ['batch', 'files', 'single', 'bare', 'kept', 'batch,files,single,bare,kept']) {
	namespaceTest(`the same is told without what is done for speed alone: ${without}`, async (t, namespace) => {
		const other = await makeNamespace(namespace);
		t.teardown(() => other.close());
		const [all, less] = await Promise.all([tell(t, namespace, {NETMON_WITHOUT: ''}), tell(t, other, {NETMON_WITHOUT: without})]);
		t.true(all.flatMap(({interfaces}) => interfaces).length >= 6);
		t.deepEqual(less, all);
	});
}

namespaceTest('with many links, the same is told about each as with few', async (t, namespace) => {
	const crowded = await makeNamespace(namespace);
	t.teardown(() => crowded.close());
	crowded.batch(crowd);
	const env = {NETMON_WITHOUT: '', NETMON_ON_CHANGE: 'replace', NETMON_FAMILY: 'all'};
	const [few, many] = await Promise.all([tell(t, namespace, env, changesOfOne), tell(t, crowded, env, changesOfOne)]);
	t.deepEqual(many, few);
	t.true(many.flatMap(({interfaces}) => interfaces).includes('add-iface w0 10.1.0.4/24'));
});
