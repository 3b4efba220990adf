import {createHook} from 'node:async_hooks';
import test from 'ava';
import {namespaceAppears} from '../../src/host/namespace-watch.js';

test.serial('a namespace that is waited for leaves nothing behind at each look (story 37)', async (t) => {
	const listeners = new Set<() => void>();
	let asked = 0;
	const waiting = namespaceAppears('/nonexistent-netmon-test', (call) => {
		asked += 1;
		listeners.add(call);
		return () => listeners.delete(call);
	});
	let promises = 0;
	const hook = createHook({
		init(_, type) {
			if (type === 'PROMISE') promises += 1;
		},
	}).enable();
	// Ten checks, at 200 ms each. A race for each check made at least four promises.
	await new Promise((resolve) => setTimeout(resolve, 2100));
	hook.disable();
	t.true(promises < 30, `${promises} promises were made`);
	t.is(asked, 1);
	for (const call of listeners) call();
	t.false(await waiting);
	t.is(listeners.size, 0);
});

test('a namespace that is there is not waited for', async (t) => {
	t.true(await namespaceAppears('/proc/self/ns/net', () => t.fail() as never));
});
