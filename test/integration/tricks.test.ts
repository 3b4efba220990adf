import type {ExecutionContext} from 'ava';
import {makeNamespace, namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {startStory, type Told, vethPair} from '../helpers/story.js';

const numbers = (count: number) => Array.from({length: count}, (_, index) => index);

/** Each step as the `ip` commands that make it happen, and which lead to the same calls however they are seen. */
const steps: readonly (readonly string[])[] = [
	[...vethPair('v0', '10.1.0.2/24', {mac: '02:00:00:00:00:01'}), ...vethPair('v1', '10.1.1.2/24', {mac: '02:00:00:00:00:02'})],
	numbers(30).map((n) => `route add 10.9.${n}.0/24 via 10.1.0.1`),
	['route replace 10.9.7.0/24 via 10.1.1.1', 'route del 10.9.29.0/24', 'route add default via 10.1.1.1'],
	['link set v0 down', 'link set v0 name w0', 'link set w0 up', 'route add 10.9.0.0/16 via 10.1.0.1'],
	['link del v1', ...vethPair('v1', '10.1.1.3/24', {mac: '02:00:00:00:00:03'})],
	['addr add 10.1.1.4/24 dev v1', 'link set v1 mtu 1400', 'link set w0 down', 'route add 10.8.0.0/16 via 10.1.1.9'],
	['link del v1'],
	['link del w0'],
];

async function tell(t: ExecutionContext<unknown>, namespace: TestNamespace, without: string): Promise<Told[]> {
	const {netmon, told} = await startStory(t, namespace, {env: {NETMON_WITHOUT: without}});
	const answers: Told[] = [];
	for (const step of steps) {
		namespace.batch(step);
		answers.push(await told());
	}
	t.is(await netmon.stop(), 0);
	return answers;
}

for (const without of [
	'batch',
	'files',
	'prepared',
	'single',
	'bare',
	'kept',
	'spliced',
	'compiled',
	'batch,files,prepared,single,bare,kept,spliced,compiled',
]) {
	namespaceTest(`the same is told without what is done for speed alone: ${without}`, async (t, namespace) => {
		const other = await makeNamespace(namespace);
		t.teardown(() => other.close());
		const [all, less] = await Promise.all([tell(t, namespace, ''), tell(t, other, without)]);
		t.true(all.flatMap(({interfaces}) => interfaces).length >= 6);
		t.deepEqual(less, all);
	});
}
