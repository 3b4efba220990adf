import {spawn} from 'node:child_process';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {makeNamespace, namespaceTest} from '../helpers/namespace.js';
import {programCommand, Running, startWatch} from '../helpers/netmon.js';
import {RecordingRuntime} from '../helpers/runtime.js';
import {waitFor} from '../helpers/wait.js';
import {guestAfter} from './consumer.js';
import {makeLink} from './links.js';
import {logLines, stateOf, untilLogged} from './log-lines.js';
import {makeMounts} from './mounts.js';
import {isAlive, killAll, monitorOf} from './processes.js';
import {StandIn} from './stand-in.js';

for (const program of ['netmon', 'kata-netmon'] as const) {
	namespaceTest(
		`${program}: no child outlives a SIGKILL, whether or not a call is running, and the namespace is gone`,
		async (t, outer) => {
			// The other end of its pair is outside: it goes when the kernel has really removed the namespace.
			for (const busy of [false, true]) {
				const inner = await makeNamespace(outer);
				outer.ip(`link add inside type veth peer name outside`);
				outer.ip(`link set inside netns ${inner.pid}`);
				const {netmon, runtime} = await startWatch(t, inner, {program});
				if (busy) runtime.hook('sleep 1000');
				makeLink(inner, 'a0', 1);
				await runtime.until('a call', (calls) => calls.length > 0);
				t.true(inner.processes().length >= 3);
				netmon.child.kill('SIGKILL');
				if (busy) await waitFor('the end of the runtime, its child aside', () => inner.processes().length <= 1);
				if (busy) killAll(inner.processes());
				await waitFor('the end of all children', () => inner.processes().length === 0);
				inner.close();
				await waitFor('the end of the namespace', () => !outer.ip('-o link show').includes('outside'));
			}
			t.pass();
		},
	);
}

namespaceTest('no question of its own process, and no monitor that hangs, outlives a SIGKILL either', async (t, namespace) => {
	const standIn = new StandIn(t, 'ip-with-questions');
	const {netmon} = await startWatch(t, namespace, {env: {...standIn.env, NETMON_WITHOUT: 'batch'}, args: ['--interval', '10m']});
	process.kill(await monitorOf(netmon), 'SIGSTOP');
	standIn.write('hook', 'rm "$dir/hook"; : >"$dir/asked"; exec sleep 1000');
	namespace.ip('route add 10.9.0.0/16 dev lo');
	// The monitor cannot report that, so wake it for a moment.
	process.kill(await monitorOf(netmon), 'SIGCONT');
	await waitFor('a question that hangs', () => existsSync(join(standIn.path, '../asked')));
	process.kill(await monitorOf(netmon), 'SIGSTOP');
	netmon.child.kill('SIGKILL');
	await waitFor('the end of all children', () => namespace.processes().length === 0);
	t.pass();
});

namespaceTest('where there is no setpriv no child outlives a SIGKILL either, and the death of a child is seen', async (t, namespace) => {
	const mounts = await makeMounts(t, namespace);
	mounts.sh('for file in $(which -a setpriv); do mount --bind /dev/null "$file"; done');
	const holders = namespace.processes();
	// Neighbours cannot be made without a setpriv either.
	const started = await startWatch(t, mounts, {args: ['--interval', '10m'], alone: true});
	const {netmon, runtime} = started;
	for (const number of [1, 2]) {
		makeLink(namespace, `a${number}`, number);
		await runtime.until('its add', (calls) => guestAfter(calls).interfaces.includes(`a${number}`));
		killAll(namespace.processes().filter((pid) => /^(\S*\/)?ip\0.*-batch/.test(commandLine(pid))));
	}
	process.kill(await monitorOf(netmon), 'SIGKILL');
	await untilLogged(netmon, 'monitor ended');
	await waitFor('another', async () => (await stateOf(netmon))['monitorUp'] === true);
	netmon.child.kill('SIGKILL');
	await waitFor('the end of all children', () => namespace.processes().every((pid) => holders.includes(pid)));
	t.true(
		logLines(netmon).every(({reason}) => !String(reason).includes('no answer within')),
		netmon.stderr,
	);
});

function commandLine(pid: number): string {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
	} catch {
		return '';
	}
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
	namespaceTest(`${signal} waits for the call that runs, starts no other, and exits with 0`, async (t, namespace) => {
		const {netmon, runtime} = await startWatch(t, namespace);
		runtime.hook('while [ -f "$dir/hook" ]; do sleep 0.02; done');
		makeLink(namespace, 'a0', 1);
		makeLink(namespace, 'a1', 2);
		await runtime.until('a call', (calls) => calls.length === 1);
		netmon.child.kill(signal);
		await untilLogged(netmon, 'ending');
		t.true(isAlive(netmon.pid));
		runtime.unhook();
		t.is(await netmon.exited, 0);
		t.is(runtime.calls.length, 1);
		t.deepEqual(readFileSync(join(runtime.folder, 'done'), 'utf8'), 'add-iface\n');
		t.deepEqual(readdirSync(join(runtime.stateDir, 'sb1')), ['announced.json']);
		await waitFor('the end of all children', () => namespace.processes().length === 0);
	});

	namespaceTest(`a second ${signal} ends at once, whatever runs, and leaves no child`, async (t, namespace) => {
		const {netmon, runtime} = await startWatch(t, namespace);
		runtime.hook('exec sleep 1000');
		makeLink(namespace, 'a0', 1);
		await runtime.until('a call', (calls) => calls.length === 1);
		netmon.child.kill(signal);
		await untilLogged(netmon, 'ending');
		const before = performance.now();
		netmon.child.kill(signal);
		t.is(await netmon.exited, signal === 'SIGTERM' ? 143 : 130);
		// The first one waits ten seconds for the call.
		t.true(performance.now() - before < 8000);
		await waitFor('the end of all children', () => namespace.processes().length === 0);
	});
}

namespaceTest(
	'SIGTERM waits ten seconds for a call that hangs, then kills it with its children, and the next start settles it',
	async (t, namespace) => {
		const runtime = new RecordingRuntime();
		t.teardown(() => runtime.close());
		const {netmon} = await startWatch(t, namespace, {runtime});
		runtime.hook('sleep 1000');
		makeLink(namespace, 'a0', 1);
		await runtime.until('a call', (calls) => calls.length === 1);
		const before = performance.now();
		t.is(await netmon.stop(), 0);
		const tookMs = performance.now() - before;
		t.true(tookMs > 9000 && tookMs < 20_000, `${tookMs} ms`);
		await waitFor('the end of all children', () => namespace.processes().length === 0);
		runtime.unhook();
		const again = await startWatch(t, namespace, {runtime});
		await runtime.until('a0 once', (calls) => calls.length >= 3 && guestAfter(calls).interfaces.join() === 'a0');
		t.is(runtime.calls[1]?.op, 'del-iface');
		t.is(await again.netmon.stop(), 0);
	},
);

namespaceTest('SIGHUP goes on, SIGPIPE too; SIGUSR1 logs the state and the stack and goes on', async (t, namespace) => {
	const started = await startWatch(t, namespace);
	const {netmon} = started;
	netmon.child.kill('SIGHUP');
	await untilLogged(netmon, 'goes on');
	netmon.child.kill('SIGPIPE');
	makeLink(namespace, 'a0', 1);
	await started.fence();
	const state = await waitFor('both ends in the state', async () => {
		const shown = await stateOf(netmon);
		return shown['interfaces'] === 3 && Object(shown['announced']).interfaces.length === 1 ? shown : undefined;
	});
	t.is(state['monitorUp'], true);
	t.is(Object(state['announced']).interfaces[0].record.name, 'a0');
	t.regex(String(logLines(netmon, 'state')[0]?.['stack']), /SIGUSR1\n\s+at /);
	await started.fence();
	t.is(await netmon.stop(), 0);
});

for (const signal of ['SIGABRT', 'SIGQUIT', 'SIGSTKFLT', 'SIGSYS'] as const) {
	namespaceTest(`${signal}, when somebody sends it, is logged, exits with 1 and leaves no child`, async (t, namespace) => {
		const runtime = new RecordingRuntime();
		t.teardown(() => runtime.close());
		const args = ['-s', 'sb1', '-r', runtime.path, '-log', 'info'];
		const netmon = new Running(namespace.command(...programCommand('kata-netmon', args)), {NETMON_STATE_DIR: runtime.stateDir});
		await netmon.watching();
		netmon.child.kill(signal);
		t.is(await netmon.exited, 1);
		t.is(logLines(netmon, 'received fatal signal')[0]?.['signal'], signal);
		await waitFor('the end of all children', () => namespace.processes().length === 0);
	});
}

for (const signal of ['SIGBUS', 'SIGILL', 'SIGSEGV', 'SIGTRAP'] as const) {
	namespaceTest(`${signal} ends it, because a fault must not be caught, and leaves no child`, async (t, namespace) => {
		const {netmon} = await startWatch(t, namespace);
		netmon.child.kill(signal);
		t.is(await netmon.exited, signal);
		await waitFor('the end of all children', () => namespace.processes().length === 0);
	});
}

namespaceTest('SIGTERM while it starts, its ip hanging, ends it', async (t, namespace) => {
	const runtime = new RecordingRuntime();
	t.teardown(() => runtime.close());
	const standIn = new StandIn(t, 'ip-with-hook');
	standIn.write('hook', 'sleep 1000');
	const args = ['watch', '-s', 'sb1', '-r', runtime.path, '--log-level', 'info', '--ip', standIn.path];
	const [file, rest] = namespace.command(...programCommand('netmon', args));
	const child = spawn(file, rest, {stdio: 'ignore', env: {...process.env, NETMON_STATE_DIR: runtime.stateDir}});
	t.teardown(() => child.kill('SIGKILL'));
	await waitFor('a question', () => standIn.lines('questions').length > 0);
	const exited = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
	child.kill('SIGTERM');
	t.is(await exited, 0);
	await waitFor('the end of all children', () => namespace.processes().length === 0);
});
