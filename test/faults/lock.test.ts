import {existsSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {namespaceTest} from '../helpers/namespace.js';
import {programCommand, runToEnd, startWatch} from '../helpers/netmon.js';
import {RecordingRuntime} from '../helpers/runtime.js';
import {waitFor} from '../helpers/wait.js';
import {guestAfter} from './consumer.js';
import {makeLink} from './links.js';
import {isAlive} from './processes.js';

for (const program of ['netmon', 'kata-netmon'] as const) {
	namespaceTest(
		`a second ${program} for the same sandbox names the pid of the first and exits with 2; the first goes on`,
		async (t, namespace) => {
			const {netmon, runtime} = await startWatch(t, namespace);
			const args = ['-s', 'sb1', '-r', runtime.path];
			const second = await runToEnd(namespace.command(...programCommand(program, program === 'netmon' ? ['watch', ...args] : args)), {
				NETMON_STATE_DIR: runtime.stateDir,
			});
			t.is(second.code, 2);
			t.true(second.stderr.includes(`another netmon, pid ${netmon.pid}, already watches for sandbox "sb1"`), second.stderr);
			makeLink(namespace, 'a0', 1);
			await runtime.until('a0', (calls) => guestAfter(calls).interfaces.includes('a0'));
			t.true(existsSync(join(runtime.stateDir, 'sb1/netmon.lock')), 'the lock of the first is still there');
			t.is(await netmon.stop(), 0);
		},
	);
}

namespaceTest('two netmons for two sandboxes of one state directory do not disturb each other', async (t, namespace) => {
	const runtime = new RecordingRuntime();
	t.teardown(() => runtime.close());
	const both = [await startWatch(t, namespace, {runtime}), await startWatch(t, namespace, {runtime, sandbox: 'sb2'})];
	makeLink(namespace, 'a0', 1);
	await runtime.until('an add of each', (calls) => new Set(calls.filter(({op}) => op === 'add-iface').map(({args}) => args[2])).size === 2);
	for (const {netmon} of both) t.is(await netmon.stop(), 0);
});

namespaceTest('the lock of a netmon that was killed is taken over by the next', async (t, namespace) => {
	const runtime = new RecordingRuntime();
	t.teardown(() => runtime.close());
	const first = await startWatch(t, namespace, {runtime});
	const lock = join(runtime.stateDir, 'sb1/netmon.lock');
	first.netmon.child.kill('SIGKILL');
	await first.netmon.exited;
	t.true(existsSync(lock));
	const {netmon} = await startWatch(t, namespace, {runtime});
	t.is(JSON.parse(readFileSync(lock, 'utf8')).pid, netmon.pid);
	t.is(await netmon.stop(), 0);
	t.false(existsSync(lock));
});

namespaceTest('a lock whose pid is somebody else’s by now, or of another boot, is taken over', async (t, namespace) => {
	const runtime = new RecordingRuntime();
	t.teardown(() => runtime.close());
	await (await startWatch(t, namespace, {runtime})).netmon.stop();
	const lock = join(runtime.stateDir, 'sb1/netmon.lock');
	const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
	// The test itself lives, and did not start one clock tick after the boot.
	for (const owner of [
		{pid: process.pid, startedAt: '1', boot},
		{pid: process.pid, startedAt: '', boot: 'another'},
	]) {
		writeFileSync(lock, JSON.stringify(owner));
		const {netmon} = await startWatch(t, namespace, {runtime});
		t.is(await netmon.stop(), 0);
	}
	writeFileSync(lock, '{"pid":');
	const {netmon} = await startWatch(t, namespace, {runtime});
	t.is(await netmon.stop(), 0, 'half a lock, which nobody can have written, holds nothing');
});

namespaceTest('a lock that is held by a stopped netmon is held', async (t, namespace) => {
	const {netmon, runtime} = await startWatch(t, namespace);
	netmon.child.kill('SIGSTOP');
	const second = await runToEnd(namespace.command(...programCommand('netmon', ['watch', '-s', 'sb1', '-r', runtime.path])), {
		NETMON_STATE_DIR: runtime.stateDir,
	});
	t.is(second.code, 2);
	t.true(second.stderr.includes(`pid ${netmon.pid}`));
	netmon.child.kill('SIGCONT');
	t.is(await netmon.stop(), 0);
	await waitFor('its end', () => !isAlive(netmon.pid));
	rmSync(join(runtime.stateDir, 'sb1'), {recursive: true});
});
