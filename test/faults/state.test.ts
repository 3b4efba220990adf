import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {makeNamespace, namespaceTest} from '../helpers/namespace.js';
import {type Started, startWatch} from '../helpers/netmon.js';
import {RecordingRuntime} from '../helpers/runtime.js';
import {guestAfter, summaryOf} from './consumer.js';
import {hwaddrOf, makeLink} from './links.js';
import {untilLogged} from './log-lines.js';

function runtimeOf(t: ExecutionContext<unknown>): RecordingRuntime {
	const runtime = new RecordingRuntime();
	t.teardown(() => runtime.close());
	return runtime;
}

/** Waits until the guest, which has the interfaces attached from before, is told of exactly these. */
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
	namespaceTest(`a state that is ${what} is set aside and said so, and the start is a fresh one`, async (t, namespace) => {
		const runtime = runtimeOf(t);
		makeLink(namespace, 'a0', 1);
		await (await startWatch(t, namespace, {runtime})).netmon.stop();
		const file = join(runtime.stateDir, 'sb1/announced.json');
		const damaged = damage(readFileSync(file, 'utf8'));
		writeFileSync(file, damaged);
		// Without the state it has been there since the start, and so is the runtime's.
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

namespaceTest('what cannot be read as a state is set aside too, also where something has that name already', async (t, namespace) => {
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

namespaceTest('the state of a sandbox whose namespace is another now says nothing: the start is a fresh one', async (t, namespace) => {
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
