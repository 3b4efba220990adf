import {namespaceTest} from '../helpers/namespace.js';
import {startStory, vethPair} from '../helpers/story.js';

const mac = '02:00:00:00:00:01';
const pair = (n: number, own = mac) => vethPair(`v${n}`, `10.${n}.0.2/24`, {mac: own});

for (const [gone, others] of [
	[1, [2, 3]],
	[2, [1, 3]],
	[3, [1, 2]],
] as const) {
	namespaceTest(
		`of three with one MAC, when v${gone} goes all are deleted in their order and the others added again`,
		async (t, namespace) => {
			const {told} = await startStory(t, namespace);
			for (const n of [1, 2, 3]) {
				namespace.batch(pair(n));
				await told();
			}
			namespace.ip(`link del v${gone}`);
			t.deepEqual((await told()).interfaces, [
				...[1, 2, 3].map((n) => `del-iface v${n} 10.${n}.0.2/24`),
				...others.map((n) => `add-iface v${n} 10.${n}.0.2/24`),
			]);
			namespace.ip(`link del v${others[0]}`);
			t.deepEqual(
				(await told()).interfaces,
				[...others.map((n) => `del-iface v${n} 10.${n}.0.2/24`), `add-iface v${others[1]} 10.${others[1]}.0.2/24`],
				'then another',
			);
		},
	);
}

namespaceTest('one with another MAC is not touched, and its routes stay', async (t, namespace) => {
	namespace.batch([...pair(1), ...pair(2), ...pair(3, '02:00:00:00:00:03'), 'route add 10.8.0.0/16 via 10.2.0.1']);
	const {runtime, told} = await startStory(t, namespace);
	namespace.batch(['route add 10.9.0.0/16 via 10.3.0.1', 'link del v1']);
	t.deepEqual(await told(), {
		interfaces: ['del-iface v1 10.1.0.2/24', 'del-iface v2 10.2.0.2/24', 'add-iface v2 10.2.0.2/24'],
		routes: ['10.8.0.0/16 via 10.2.0.1 dev v2', '10.9.0.0/16 via 10.3.0.1 dev v3'],
	});
	// While v2 is away, the guest cannot have its routes.
	const orphaned = runtime.calls.some(({op, text}, at) => {
		const before = runtime.calls.slice(0, at).filter((call) => call.text.includes('"v2"') && call.op !== 'update-routes');
		return op === 'update-routes' && text.includes('"v2"') && before.at(-1)?.op === 'del-iface';
	});
	t.false(orphaned);
});

namespaceTest('one whose MAC changes is deleted by the MAC under which it was announced', async (t, namespace) => {
	namespace.batch([...pair(1), ...pair(2, '02:00:00:00:00:02')]);
	const {runtime, told} = await startStory(t, namespace);
	// Now both have the same, and the guest does not know.
	namespace.ip(`link set v2 address ${mac}`);
	namespace.ip('link del v2');
	t.deepEqual((await told()).interfaces, ['del-iface v2 10.2.0.2/24']);
	t.true(runtime.calls.find(({op}) => op === 'del-iface')?.text.includes('"HwAddr":"02:00:00:00:00:02"'));
});

namespaceTest('--on-change replace: a change of one replaces the other too', async (t, namespace) => {
	namespace.batch([...pair(1), ...pair(2)]);
	const {told} = await startStory(t, namespace, {args: ['--on-change', 'replace']});
	namespace.ip('addr add 10.7.0.2/24 dev v1');
	t.deepEqual((await told()).interfaces, [
		'del-iface v1 10.1.0.2/24',
		'del-iface v2 10.2.0.2/24',
		'add-iface v1 10.1.0.2/24 10.7.0.2/24',
		'add-iface v2 10.2.0.2/24',
	]);
});
