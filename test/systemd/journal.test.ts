import type {ExecutionContext} from 'ava';
import {namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {programCommand, Running, runToEnd, testIp} from '../helpers/netmon.js';

/** Runs a program of the package with a stderr that `$JOURNAL_STREAM` names. */
function inJournal(namespace: TestNamespace, [file, args]: readonly [string, readonly string[]]): [string, string[]] {
	// A pipe of Node's to a child is a socket, as the journal's stream is.
	const script = 'JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec "$@"';
	return namespace.command('sh', ['-c', script, 'sh', file, ...args]);
}

const watch = (...args: readonly string[]) => programCommand('netmon', ['watch', '--log-level', 'debug', ...args]);

/** A watch at whose end a line of each level has been logged. */
async function logOf(t: ExecutionContext<unknown>, command: [string, string[]]): Promise<readonly string[]> {
	const netmon = new Running(command, testIp);
	t.teardown(() => void netmon.child.kill('SIGKILL'));
	await netmon.said('watching');
	netmon.child.kill('SIGUSR1');
	await netmon.said('interfaces');
	netmon.child.kill('SIGABRT');
	await netmon.exited;
	return netmon.stderr.split('\n').slice(0, -1);
}

for (const [format, level] of [
	['json', /^<(\d)>\{"level":"(\w+)"/],
	['human', /^<(\d)>\S+ (\w+): /],
] as const) {
	namespaceTest(
		`each line of the log (${format}) begins with its priority where stderr is the journal, and nowhere else`,
		async (t, namespace) => {
			const command = watch('--log-format', format);
			const lines = await logOf(t, inJournal(namespace, command));
			const priorities = new Map(lines.map((line) => level.exec(line)).map((match) => [match?.[2], match?.[1]]));
			// On a busy machine there may be a line of another level.
			t.deepEqual(Object.fromEntries([['debug', '7'], ['warn', '4'], ...priorities]), {debug: '7', info: '6', warn: '4', error: '3'});
			const [file, args] = command;
			const elsewhere = await logOf(t, namespace.command('env', ['JOURNAL_STREAM=8:4711', file, ...args]));
			t.true(elsewhere.length > 1);
			t.deepEqual(
				elsewhere.filter((line) => line.startsWith('<')),
				[],
			);
		},
	);
}

namespaceTest('events on stdout have no priority, and an error that ends netmon has one in each line', async (t, namespace) => {
	const {stderr, code} = await runToEnd(inJournal(namespace, watch('--netns', 'no-such-namespace')), testIp);
	t.is(code, 2);
	t.regex(stderr, /^<3>Error: there is no network namespace "no-such-namespace".*\n<3>.*ip netns list.*\n$/);
	const netmon = new Running(inJournal(namespace, watch('--json')), testIp);
	t.teardown(() => void netmon.child.kill('SIGKILL'));
	await netmon.said('watching');
	t.is(await netmon.stop(), 0);
	t.regex(netmon.stdout, /^\{"v":1/);
});
