import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {identityOf} from '../../src/host/namespace.js';
import {makeNamespace, namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {type Started, startWatch} from '../helpers/netmon.js';
import {RecordingRuntime} from '../helpers/runtime.js';
import {waitFor} from '../helpers/wait.js';
import {guestAfter, summaryOf} from './consumer.js';
import {hwaddrOf, makeLink} from './links.js';
import {logLines, untilLogged} from './log-lines.js';

function runtimeOf(t: ExecutionContext<unknown>): RecordingRuntime {
	const runtime = new RecordingRuntime();
	t.teardown(() => runtime.close());
	return runtime;
}

/** Waits until the guest, which had these interfaces attached before, gets exactly these calls. */
async function ends({runtime}: Started, interfaces: readonly string[]): Promise<void> {
	await runtime.until(interfaces.join(), (calls) => {
		const guest = guestAfter(calls, [{name: 'a0', hwaddr: hwaddrOf(1)}]);
		return guest.interfaces.join() === interfaces.join() && summaryOf(calls).at(-1)?.startsWith('update-routes') === true;
	});
}

for (const program of ['netmon', 'kata-netmon'] as const) {
	namespaceTest(
		`${program}: SIGTERM keeps what was announced and removes the rest; the next start catches up with what happened meanwhile`,
		async (t, namespace) => {
			const runtime = runtimeOf(t);
			makeLink(namespace, 'a0', 1);
			const first = await startWatch(t, namespace, {runtime, program});
			makeLink(namespace, 'a1', 2);
			await ends(first, ['a0', 'a1']);
			t.is(await first.netmon.stop(), 0);
			t.deepEqual(readdirSync(join(runtime.stateDir, 'sb1')), ['announced.json']);
			namespace.ip('link del a0');
			makeLink(namespace, 'a2', 3);
			const second = await startWatch(t, namespace, {runtime, program});
			await ends(second, ['a1', 'a2']);
			t.is(await second.netmon.stop(), 0);
		},
	);

	namespaceTest(
		`${program} started for a sandbox without a state starts fresh: what has an address is taken as announced`,
		async (t, namespace) => {
			makeLink(namespace, 'a0', 1);
			namespace.ip('route add 10.9.0.0/16 via 10.100.1.1');
			const started = await startWatch(t, namespace, {program});
			await started.fence();
			t.deepEqual(summaryOf(started.runtime.calls), ['update-routes 10.9.0.0/16'], 'the fence’s');
			t.is(await started.netmon.stop(), 0);
		},
	);
}

function edited(text: string, changes: object): string {
	return JSON.stringify({...JSON.parse(text), ...changes});
}

const damages = [
	{what: 'truncated', damage: (text: string) => text.slice(0, text.length / 2), says: 'it is not JSON'},
	{what: 'empty', damage: () => '', says: 'it is not JSON'},
	{what: 'of a newer format', damage: (text: string) => edited(text, {format: 2}), says: 'its format is 2, not 1'},
	{what: 'of another boot', damage: (text: string) => edited(text, {boot: 'another'}), says: 'it is from another boot'},
	{what: 'of another namespace', damage: (text: string) => edited(text, {netns: '4:1'}), says: 'it is of another namespace'},
	{what: 'somebody else’s', damage: () => '{"announced": "on the radio"}', says: 'format'},
	{what: 'binary', damage: () => '\0\xff\xfe{', says: 'it is not JSON'},
] as const;

for (const {what, damage, says} of damages) {
	namespaceTest(`a state that is ${what} is set aside and logged, and the start is a fresh one`, async (t, namespace) => {
		const runtime = runtimeOf(t);
		makeLink(namespace, 'a0', 1);
		await (await startWatch(t, namespace, {runtime})).netmon.stop();
		const file = join(runtime.stateDir, 'sb1/announced.json');
		const damaged = damage(readFileSync(file, 'utf8'));
		writeFileSync(file, damaged);
		// Without the state it has been there since the start, and so the runtime knows it.
		makeLink(namespace, 'a1', 2);
		const started = await startWatch(t, namespace, {runtime});
		const [line] = await untilLogged(started.netmon, 'state is set aside, the start is a fresh one');
		t.true(String(line?.['reason']).includes(says), String(line?.['reason']));
		t.is(readFileSync(`${file}.set-aside`, 'utf8'), damaged);
		await started.fence();
		t.deepEqual(summaryOf(runtime.calls), ['update-routes']);
		t.is(await started.netmon.stop(), 0);
		t.true(existsSync(file));
	});
}

namespaceTest('an unreadable state is set aside too, even if something has that name already', async (t, namespace) => {
	const runtime = runtimeOf(t);
	const folder = join(runtime.stateDir, 'sb1');
	for (const former of ['nothing', 'a file', 'a directory'] as const) {
		rmSync(folder, {recursive: true, force: true});
		mkdirSync(join(folder, 'announced.json/with'), {recursive: true});
		if (former === 'a file') writeFileSync(join(folder, 'announced.json.set-aside'), '');
		if (former === 'a directory') mkdirSync(join(folder, 'announced.json.set-aside/former'), {recursive: true});
		const {netmon, fence} = await startWatch(t, namespace, {runtime});
		await untilLogged(netmon, 'state is set aside, the start is a fresh one');
		await fence();
		t.is(await netmon.stop(), 0);
		t.true(existsSync(join(folder, 'announced.json.set-aside/with')));
		t.true(readFileSync(join(folder, 'announced.json'), 'utf8').startsWith('{'));
	}
});

namespaceTest('the state of a sandbox whose namespace is another now is not used: the start is a fresh one', async (t, namespace) => {
	const runtime = runtimeOf(t);
	makeLink(namespace, 'a0', 1);
	const first = await startWatch(t, namespace, {runtime});
	makeLink(namespace, 'a1', 2);
	await ends(first, ['a0', 'a1']);
	await first.netmon.stop();
	const other = await makeNamespace();
	t.teardown(() => other.close());
	makeLink(other, 'b0', 7);
	runtime.clear();
	const second = await startWatch(t, other, {runtime});
	await untilLogged(
		second.netmon,
		'state is set aside, the start is a fresh one',
		1,
		({reason}) => reason === 'it is of another namespace',
	);
	await second.fence();
	t.deepEqual(summaryOf(runtime.calls), ['update-routes']);
	t.is(await second.netmon.stop(), 0);
});

namespaceTest(
	'a restarted sandbox whose namespace has the inode number of the one before: no del-iface for what the runtime has just attached (story 31)',
	async (t, namespace) => {
		const runtime = runtimeOf(t);
		const file = join(runtime.stateDir, 'sb1/announced.json');
		const first = await makeNamespace(namespace);
		t.teardown(() => first.close());
		makeLink(first, 'a0', 1);
		const before = await startWatch(t, first, {runtime});
		makeLink(first, 'a1', 2);
		await ends(before, ['a0', 'a1']);
		before.netmon.child.kill('SIGKILL');
		await before.netmon.exited;
		await waitFor('the end of its children', () => first.processes().length === 0);
		const identity = identityOf(`/proc/${first.pid}/ns/net`);
		first.close();
		const later = await namespaceWith(t, namespace, identity);
		if (later === undefined) {
			// Another process on this machine got the number. Make the state look as if this namespace had it.
			t.log('no namespace got the inode number, it is written into the state');
		}
		const other = later ?? (await makeNamespace(namespace));
		t.teardown(() => other.close());
		if (later === undefined) writeFileSync(file, edited(readFileSync(file, 'utf8'), {netns: identityOf(`/proc/${other.pid}/ns/net`)}));
		// A runtime that assigns addresses in the order of its containers gives the second one the address that the first has now.
		other.ip('link add other type veth peer name other_kata');
		makeLink(other, 'b0', 2);
		runtime.clear();
		const after = await startWatch(t, other, {runtime});
		const [line] = await untilLogged(after.netmon, 'state is set aside, the start is a fresh one');
		t.is(line?.['reason'], 'it is of another namespace, which had the same inode number earlier');
		await after.fence();
		t.deepEqual(summaryOf(runtime.calls), ['update-routes']);
		t.is(await after.netmon.stop(), 0);
	},
);

/** A namespace with the identity of an earlier one. Undefined if the kernel gave that to no namespace here. */
async function namespaceWith(t: ExecutionContext<unknown>, outer: TestNamespace, identity: string): Promise<TestNamespace | undefined> {
	// Keep those in between until the end: the kernel assigns the lowest free number.
	for (let tries = 0; tries < 40; tries += 1) {
		const made = await makeNamespace(outer);
		if (identityOf(`/proc/${made.pid}/ns/net`) === identity) return made;
		t.teardown(() => made.close());
	}
	return undefined;
}

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
	namespaceTest(`${signal}, and all links are gone meanwhile: the next start in the same namespace catches up`, async (t, namespace) => {
		const runtime = runtimeOf(t);
		makeLink(namespace, 'a0', 1);
		const first = await startWatch(t, namespace, {runtime});
		makeLink(namespace, 'a1', 2);
		await ends(first, ['a0', 'a1']);
		first.netmon.child.kill(signal);
		await first.netmon.exited;
		namespace.ip('link del a0');
		namespace.ip('link del a1');
		const second = await startWatch(t, namespace, {runtime});
		await ends(second, []);
		t.is(logLines(second.netmon, 'state is set aside, the start is a fresh one').length, 0);
		t.is(await second.netmon.stop(), 0);
	});
}

namespaceTest(
	'a start that names the namespace by a process or by a path goes on from the state of one inside it',
	async (t, namespace) => {
		const runtime = runtimeOf(t);
		makeLink(namespace, 'a0', 1);
		const {netmon} = await startWatch(t, namespace, {runtime});
		t.is(await netmon.stop(), 0);
		const inner = await makeNamespace(namespace);
		t.teardown(() => inner.close());
		const path = join(runtime.folder, 'name');
		symlinkSync(`/proc/${namespace.pid}/ns/net`, path);
		for (const netns of [String(namespace.pid), path]) {
			const started = await startWatch(t, inner, {runtime, args: ['--netns', netns]});
			t.is(logLines(started.netmon, 'state is set aside, the start is a fresh one').length, 0, started.netmon.stderr);
			t.is(await started.netmon.stop(), 0);
		}
	},
);
