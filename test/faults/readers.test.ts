import {type ChildProcess, spawn} from 'node:child_process';
import type {ExecutionContext} from 'ava';
import {namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {programCommand} from '../helpers/netmon.js';
import {RecordingRuntime} from '../helpers/runtime.js';
import {waitFor} from '../helpers/wait.js';
import {guestAfter} from './consumer.js';
import {makeLink} from './links.js';
import {peakMemory} from './processes.js';

interface Unread {
	readonly child: ChildProcess;
	readonly pid: number;
	readonly runtime: RecordingRuntime;
	readonly exited: Promise<number | null>;
}

/** A netmon whose stdout and stderr are pipes that nobody reads yet. */
function startUnread(t: ExecutionContext<unknown>, namespace: TestNamespace, args: readonly string[]): Unread {
	const runtime = new RecordingRuntime();
	const [file, rest] = namespace.command(...programCommand('netmon', ['watch', '-s', 'sb1', '-r', runtime.path, ...args]));
	const child = spawn(file, rest, {stdio: ['ignore', 'pipe', 'pipe'], env: {...process.env, NETMON_STATE_DIR: runtime.stateDir}});
	t.teardown(() => {
		child.kill('SIGKILL');
		runtime.close();
	});
	if (child.pid === undefined) throw new Error('it has not started');
	const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
	return {child, pid: child.pid, runtime, exited};
}

let numbers = 0;

/** Makes routes until one of them is told: its output cannot be read, and what was there at its start leads to no call. */
async function watches(namespace: TestNamespace, {runtime}: Unread): Promise<void> {
	const made = new Set<string>();
	const before = runtime.calls.length;
	await waitFor('it to watch', () => {
		numbers += 1;
		const address = `198.51.100.${numbers % 250}`;
		made.add(`"${address}/32"`);
		namespace.ip(`route replace ${address}/32 dev lo`);
		const told = runtime.calls.slice(before).some(({text}) => [...made].some((route) => text.includes(route)));
		namespace.ip(`route del ${address}/32 dev lo`);
		return told;
	});
}

const comings = (count: number) =>
	[...Array(count).keys()].map((number) => `route add 10.${100 + (number >> 8)}.${number & 255}.0/24 dev lo`);
const goings = (count: number) => comings(count).map((line) => line.replace(' add ', ' del '));

function textOf(stream: ChildProcess['stdout']): {text: string} {
	const read = {text: ''};
	stream?.on('data', (chunk: Buffer) => {
		read.text += chunk.toString('latin1');
	});
	return read;
}

namespaceTest(
	'nobody reads its stdout: it goes on in bounded memory, and says how many lines were dropped once somebody reads',
	async (t, namespace) => {
		const netmon = startUnread(t, namespace, ['--output', 'ndjson']);
		netmon.child.stderr?.resume();
		await watches(namespace, netmon);
		// 40,000 changes are about 12 MB. Wait until each is seen before it goes, or it would be no change.
		for (let round = 0; round < 4; round += 1) {
			namespace.batch(comings(5000));
			await watches(namespace, netmon);
			namespace.batch(goings(5000));
			await watches(namespace, netmon);
		}
		t.true(peakMemory(netmon.pid) < 250, `${peakMemory(netmon.pid)} MiB`);
		makeLink(namespace, 'a0', 1);
		await netmon.runtime.until('a0', (calls) => guestAfter(calls).interfaces.includes('a0'));
		const read = textOf(netmon.child.stdout);
		await waitFor('what was dropped to be told', async () => {
			await watches(namespace, netmon);
			return read.text.includes('"event":"dropped"');
		});
		netmon.child.kill('SIGTERM');
		t.is(await netmon.exited, 0);
	},
);

namespaceTest(
	'nobody reads its stderr: it goes on in bounded memory, and says how many lines were dropped once somebody reads',
	async (t, namespace) => {
		namespace.batch(comings(6000));
		// No runtime: a shell that reads half a megabyte takes longer than everything else.
		const netmon = startUnread(t, namespace, ['--dry-run', '--output', 'ndjson', '--log-level', 'debug']);
		let told = 0;
		let made = false;
		netmon.child.stdout?.on('data', (chunk: Buffer) => {
			told += chunk.toString('latin1').split('"op":"update-routes"').length - 1;
		});
		const tell = async () => {
			const before = told;
			await waitFor('a call', () => {
				made = !made;
				namespace.ip(`route ${made ? 'add' : 'del'} 198.51.100.1/32 dev lo`);
				return told > before;
			});
		};
		// Each call's list in the log is half a megabyte.
		for (let round = 0; round < 20; round += 1) await tell();
		t.true(peakMemory(netmon.pid) < 250, `${peakMemory(netmon.pid)} MiB`);
		const read = textOf(netmon.child.stderr);
		await waitFor('what was dropped to be told', async () => {
			await tell();
			return /log lines were dropped.*\n/.test(read.text);
		});
		const line = read.text.split('\n').find((each) => each.includes('log lines were dropped')) ?? '';
		const {level, count, msg} = JSON.parse(line);
		t.deepEqual([level, msg], ['warn', 'log lines were dropped, their reader did not keep up']);
		t.true(count > 0, line);
		netmon.child.kill('SIGTERM');
		t.is(await netmon.exited, 0);
	},
);

namespaceTest('nobody reads anything: SIGTERM still ends it', async (t, namespace) => {
	const netmon = startUnread(t, namespace, ['--output', 'ndjson', '--log-level', 'debug']);
	await watches(namespace, netmon);
	// More than a pipe takes.
	namespace.batch(comings(1000));
	await watches(namespace, netmon);
	const before = performance.now();
	netmon.child.kill('SIGTERM');
	t.is(await netmon.exited, 0);
	// It gives each reader two seconds for what is left.
	t.true(performance.now() - before < 10_000);
});

namespaceTest('the readers of its stdout and stderr are gone: the daemon goes on', async (t, namespace) => {
	const netmon = startUnread(t, namespace, ['--log-level', 'debug']);
	netmon.child.stdout?.destroy();
	netmon.child.stderr?.destroy();
	for (let round = 0; round < 3; round += 1) await watches(namespace, netmon);
	netmon.child.kill('SIGTERM');
	t.is(await netmon.exited, 0);
});

namespaceTest('the reader of an observer is gone: it ends with exit code 0', async (t, namespace) => {
	const [file, args] = namespace.command(...programCommand('netmon', ['watch']));
	const child = spawn(file, args, {stdio: ['ignore', 'pipe', 'pipe']});
	t.teardown(() => child.kill('SIGKILL'));
	const exited = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
	await new Promise((resolve) => child.stdout.once('data', resolve));
	child.stdout.destroy();
	await waitFor('its end', () => {
		namespace.ip('route replace 198.51.100.1/32 dev lo');
		namespace.ip('route del 198.51.100.1/32 dev lo');
		return child.exitCode !== null;
	});
	t.is(await exited, 0);
});
