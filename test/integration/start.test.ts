import {stateOf} from '../faults/log-lines.js';
import {namespaceTest} from '../helpers/namespace.js';
import {programCommand, Running, testIp} from '../helpers/netmon.js';
import {RecordingRuntime} from '../helpers/runtime.js';
import {describeCall, vethPair} from '../helpers/story.js';
import {waitFor} from '../helpers/wait.js';

const numbers = Array.from({length: 40}, (_, n) => n);

namespaceTest('what comes while netmon starts is found or told: none falls between', async (t, namespace) => {
	const runtime = new RecordingRuntime();
	t.teardown(() => runtime.close());
	const [file, rest] = programCommand('netmon', ['watch', '-s', 'sb1', '-r', runtime.path, '--log-level', 'info']);
	const netmon = new Running(namespace.command(file, rest), {
		NETMON_STATE_DIR: runtime.stateDir,
		NETMON_ADDRESS_WAIT: '10m',
		// No poll may correct what the start has missed.
		NETMON_INTERVAL: '10m',
		...testIp,
	});
	t.teardown(() => void netmon.child.kill('SIGKILL'));
	let came = 0;
	for (const n of numbers) {
		namespace.batch(vethPair(`v${n}`, `10.1.${n}.2/24`));
		came += netmon.stderr.includes('"msg":"watching"') ? 0 : 1;
		await new Promise((resolve) => setImmediate(resolve));
	}
	await netmon.watching();
	t.true(came > 0, 'something came before it watched');
	namespace.batch(vethPair('last', '10.2.0.2/24'));
	await runtime.until('the last', (calls) => calls.some((call) => describeCall(call) === 'add-iface last 10.2.0.2/24'));
	// Of two that get their carriers at once, either may be told first.
	await waitFor(
		'all to be announced',
		async () => JSON.stringify(await stateOf(netmon)).split('"standing":"told"').length > numbers.length + 1,
	);
	namespace.batch(numbers.map((n) => `link del v${n}`));
	const dels = (calls: RecordingRuntime['calls']) => calls.filter(({op}) => op === 'del-iface').map(describeCall);
	const calls = await runtime.until('all deleted', (all) => dels(all).length >= numbers.length);
	t.deepEqual(dels(calls).sort(), numbers.map((n) => `del-iface v${n} 10.1.${n}.2/24`).sort());
	t.is(await netmon.stop(), 0);
});
