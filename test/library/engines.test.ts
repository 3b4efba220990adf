import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {makeNamespace, namespaceTest} from '../helpers/namespace.js';
import {Running, root, testIp} from '../helpers/netmon.js';
import {RecordingRuntime} from '../helpers/runtime.js';
import {describeCall, vethPair} from '../helpers/story.js';
import {waitFor} from '../helpers/wait.js';

namespaceTest('two engines tell two runtimes of two namespaces from one process, and end apart', async (t, namespace) => {
	const other = await makeNamespace(namespace);
	t.teardown(() => other.close());
	const [first, second] = [new RecordingRuntime(), new RecordingRuntime()];
	t.teardown(() => first.close());
	t.teardown(() => second.close());
	const words = [
		...[`/proc/${namespace.pid}/ns/net`, 'sb1', first.path, first.stateDir],
		...[`/proc/${other.pid}/ns/net`, 'sb2', second.path, second.stateDir],
	];
	const program = new Running(namespace.command(process.execPath, [`${root}build/test/library/two-engines.js`, ...words]), testIp);
	t.teardown(() => void program.child.kill('SIGKILL'));
	const said = (text: string) => waitFor(`${text} in ${program.stdout}${program.stderr}`, () => program.stdout.includes(text));
	await said('watching');

	// The same index and name in both, and a slow runtime in one.
	first.delay(0.2);
	namespace.batch(vethPair('v0', '10.1.0.2/24', {index: 500}));
	other.batch(vethPair('v0', '10.2.0.2/24', {index: 500}));
	const of = async (runtime: RecordingRuntime, count: number) =>
		(await runtime.until(`${count} calls`, (calls) => calls.length >= count)).map((call) => `${call.args[2]} ${describeCall(call)}`);
	t.deepEqual(await of(second, 2), ['sb2 add-iface v0 10.2.0.2/24', 'sb2 update-routes']);
	t.deepEqual(await of(first, 2), ['sb1 add-iface v0 10.1.0.2/24', 'sb1 update-routes']);

	program.child.kill('SIGUSR2');
	await said('one has ended');
	namespace.ip('link del v0');
	other.ip('link del v0');
	t.deepEqual((await of(second, 4)).slice(2), ['sb2 del-iface v0 10.2.0.2/24', 'sb2 update-routes']);
	t.is(first.calls.length, 2, 'it has ended');
	program.child.kill('SIGTERM');
	t.is(await program.exited, 0, 'nothing keeps the process alive');
	t.is(program.stderr, '');
	for (const [runtime, sandbox] of [
		[first, 'sb1'],
		[second, 'sb2'],
	] as const) {
		t.true(existsSync(join(runtime.stateDir, sandbox, 'announced.json')));
		t.false(existsSync(join(runtime.stateDir, sandbox, 'netmon.lock')));
	}
});
