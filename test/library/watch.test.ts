import {renameSync, symlinkSync, unlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {makeNamespace, namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {Running, root} from '../helpers/netmon.js';
import {scratchFolder} from '../helpers/runtime.js';
import {vethPair} from '../helpers/story.js';
import {waitFor} from '../helpers/wait.js';

interface Consumer {
	readonly program: Running;
	/** Its output so far. */
	said(): Record<string, unknown>[];
	/** Waits until its output contains this text. */
	until(text: string): Promise<void>;
}

function start(t: ExecutionContext<unknown>, namespace: TestNamespace, ...args: readonly string[]): Consumer {
	const program = new Running(namespace.command(process.execPath, [`${root}build/test/library/consumer.js`, ...args]));
	t.teardown(() => void program.child.kill('SIGKILL'));
	return {
		program,
		said: () =>
			program.stdout
				.split('\n')
				.slice(0, -1)
				.map((line) => JSON.parse(line)),
		async until(text) {
			await waitFor(
				`${text} in ${program.stdout}${program.stderr}`,
				() => program.stdout.includes(text) || program.child.exitCode !== null,
			);
		},
	};
}

namespaceTest('watch() yields what is there and then each change; leaving the loop ends it, and leaves no child', async (t, namespace) => {
	namespace.batch(['link add v0 type veth peer name p0', 'link set v0 addrgenmode none', 'route add 10.9.0.0/16 dev lo']);
	const {program, said, until} = start(t, namespace, 'break');
	await until('route found 10.9.0.0/16');
	for (const [line, text] of [
		['link set v0 mtu 1400', 'interface changed v0 mtu 1500 1400'],
		['route add 10.8.0.0/16 dev lo', 'route added 10.8.0.0/16'],
		['route del 10.9.0.0/16 dev lo', 'route removed 10.9.0.0/16'],
		['route add fd00:9::/64 dev lo', 'route added fd00:9::/64'],
		['link set v0 name w0', 'interface changed w0 ifname v0 w0'],
		['link del w0', '"over":true'],
	] as const) {
		namespace.ip(line);
		await until(text);
	}
	t.is(await program.exited, 0, 'nothing keeps the process alive');
	t.is(program.stderr, '');
	const changes = said().flatMap(({change}) => (change === undefined ? [] : [String(change)]));
	t.deepEqual(changes.filter((change) => change.startsWith('interface found')).sort(), [
		'interface found lo',
		'interface found p0',
		'interface found v0',
	]);
	t.regex(changes.at(-1) ?? '', /^interface removed (w0|p0)$/);
	t.deepEqual(said().at(-1), {name: 'own', over: true, children: 0});
});

namespaceTest('return() ends the iteration, and leaves no child', async (t, namespace) => {
	const {program, said} = start(t, namespace, 'return');
	t.is(await program.exited, 0);
	t.deepEqual(said(), [
		{first: false, children: true},
		{done: true, value: null, children: 0, next: true},
	]);
});

namespaceTest('return() ends an iteration that waits, as operators of streams call it', async (t, namespace) => {
	const {program, said} = start(t, namespace, 'leave');
	t.is(await program.exited, 0);
	t.deepEqual(said(), [{done: true, children: 0}]);
});

namespaceTest('an abort ends an iteration that waits, without an error', async (t, namespace) => {
	const {program, said, until} = start(t, namespace, 'abort');
	await until('interface found lo');
	program.child.kill('SIGUSR2');
	t.is(await program.exited, 0);
	t.is(program.stderr, '');
	t.deepEqual(said().at(-1), {name: 'own', over: true, children: 0});
});

namespaceTest('an abort during the start, or before it, ends the iteration without a change', async (t, namespace) => {
	const {program, said} = start(t, namespace, 'early');
	t.is(await program.exited, 0);
	t.is(program.stderr, '');
	t.deepEqual(said(), [
		{done: true, children: 0},
		{name: 'own', over: true, children: 0},
	]);
});

namespaceTest('an abort ends a start that waits for an ip that does not answer', async (t, namespace) => {
	const scratch = scratchFolder();
	t.teardown(() => scratch.close());
	const ip = join(scratch.path, 'ip');
	writeFileSync(ip, '#!/bin/sh\nexec sleep 1000\n', {mode: 0o755});
	const {program, said} = start(t, namespace, 'hung', ip);
	t.is(await program.exited, 0);
	t.deepEqual(said(), [{done: true, soon: true}]);
});

namespaceTest('one AbortSignal ends twenty watches, without a warning of too many listeners', async (t, namespace) => {
	const {program, said} = start(t, namespace, 'many');
	t.is(await program.exited, 0);
	t.is(program.stderr, '');
	t.deepEqual(said(), [{children: 0}]);
});

namespaceTest('an error that the consumer throws in the loop ends the watch, and reaches the consumer', async (t, namespace) => {
	const {program, said} = start(t, namespace, 'throw');
	t.is(await program.exited, 0);
	t.deepEqual(said(), [{same: true, children: 0}]);
});

namespaceTest('what is missing rejects with a UserError that says what to do', async (t, namespace) => {
	const {program, said} = start(t, namespace, 'missing');
	t.is(await program.exited, 0);
	t.like(said(), [
		{name: 'NamespaceError', advice: true, children: 0},
		{name: 'IpUnavailableError', message: '"/no/such/ip" is not an executable program: there is no such file', advice: true, children: 0},
	]);
});

for (const [what, event, message, end] of [
	['gone', 'namespace gone', 'is gone', (path: string) => unlinkSync(path)],
	[
		'replaced',
		'namespace replaced',
		'was replaced by another',
		(path: string, other: string) => {
			// One rename: with a moment without any file the name may be seen as gone first.
			symlinkSync(other, `${path}.new`);
			renameSync(`${path}.new`, path);
		},
	],
] as const)
	namespaceTest(`a name that is ${what}: the iteration says so, and fails with a NamespaceError`, async (t, namespace) => {
		const other = await makeNamespace(namespace);
		t.teardown(() => other.close());
		const scratch = scratchFolder();
		t.teardown(() => scratch.close());
		const path = join(scratch.path, 'web');
		symlinkSync(`/proc/${namespace.pid}/ns/net`, path);
		const {program, said, until} = start(t, namespace, 'gone', path);
		await until('interface found lo');
		end(path, `/proc/${other.pid}/ns/net`);
		t.is(await program.exited, 0);
		t.deepEqual(said().slice(-2), [
			{name: 'own', change: event},
			{error: `NamespaceError: the network namespace "${path}" ${message}`, children: 0},
		]);
	});

namespaceTest('changes that nobody takes are not kept for ever: the iteration fails with a RangeError', async (t, namespace) => {
	const {program, said, until} = start(t, namespace, 'slow');
	await until('"waits":true');
	// Too many for looks that see no more than ten of them each.
	namespace.batch(Array.from({length: 1000}, (_, n) => `route add 10.${n >> 8}.${n & 255}.0/24 dev lo`));
	program.child.kill('SIGUSR2');
	t.is(await program.exited, 0);
	t.deepEqual(said().at(-1), {range: true, children: 0});
});

namespaceTest('two watches of two namespaces live side by side in one process, and end apart', async (t, namespace) => {
	const other = await makeNamespace(namespace);
	t.teardown(() => other.close());
	const {program, said, until} = start(t, namespace, 'two', `/proc/${namespace.pid}/ns/net`, `/proc/${other.pid}/ns/net`);
	await until('"ns0","change":"interface found lo"');
	await until('"ns1","change":"interface found lo"');
	namespace.batch(vethPair('v0', undefined));
	await until('interface added v0');
	other.batch(vethPair('w0', undefined));
	await until('interface added w0');
	namespace.ip('link del v0');
	await until('"over":true');
	other.ip('route add 10.9.0.0/16 dev lo');
	await until('10.9.0.0/16');
	other.ip('link del w0');
	t.is(await program.exited, 0);
	t.is(program.stderr, '');
	const of = (name: string) => JSON.stringify(said().filter((line) => line['name'] === name));
	t.false(/w0|10\.9/.test(of('ns0')));
	t.false(/v0/.test(of('ns1').replaceAll('pw0', '')));
	t.deepEqual(said().at(-1), {children: 0});
});
