import test from 'ava';
import type {FoundNamespace} from '../../src/host/found-namespace.js';
import {Host} from '../../src/host/hosted.js';
import {HeldClock} from '../helpers/held-clock.js';
import {RecordingLog} from '../helpers/recording-log.js';

/** A host whose namespaces and watches the test controls. */
class TestHost {
	there: FoundNamespace[] = [];
	readonly story: string[] = [];
	readonly log = new RecordingLog();
	readonly clock = new HeldClock();
	/** How often the start of a namespace's watch is refused, by name. */
	readonly refusals = new Map<string, number>();
	/** Namespaces whose watch never gets its first picture. */
	readonly hanging = new Set<string>();
	/** Namespaces whose watch cannot be stopped. */
	readonly stubborn = new Set<string>();
	readonly failures = new Map<string, (error: Error) => void>();
	findError: Error | undefined;
	readonly host = new Host({
		clock: this.clock,
		log: this.log,
		find: () => {
			if (this.findError !== undefined) throw this.findError;
			return this.there;
		},
		onNamespace: ({name}, what) => void this.story.push(`${name} ${what}`),
		open: ({name = ''}, onFailed) => {
			this.failures.set(name, onFailed);
			let over: () => void = () => undefined;
			return {
				start: async () => {
					const refusals = this.refusals.get(name) ?? 0;
					this.refusals.set(name, refusals - 1);
					if (refusals > 0) throw new Error('not permitted');
					if (this.hanging.has(name)) await new Promise<void>((resolve) => (over = resolve));
					else this.story.push(`${name} watched`);
				},
				stop: async (what) => {
					over();
					if (this.stubborn.has(name)) throw new Error('a fault in stop()');
					this.story.push(`${name} stopped, ${what}`);
				},
			};
		},
	});

	async see(...names: readonly string[]): Promise<readonly string[]> {
		this.there = names.map((text) => {
			const [name = '', identity = name] = text.split('#');
			return {name, path: `/run/netns/${name}`, identity};
		});
		return this.look();
	}

	/** What has happened since the last call. */
	async look(): Promise<readonly string[]> {
		this.host.look();
		return this.passed(0);
	}

	async passed(ms: number): Promise<readonly string[]> {
		await this.clock.pass(ms);
		return this.story.splice(0);
	}
}

test('namespaces come and go: each is reported and watched, and a name that comes back is watched afresh', async (t) => {
	const test = new TestHost();
	t.deepEqual(await test.see('a', 'b'), ['a found', 'a watched', 'b found', 'b watched']);
	t.deepEqual(await test.see('a', 'b'), []);
	t.deepEqual(await test.see('b'), ['a stopped, gone', 'a gone']);
	t.deepEqual(await test.see('a#new', 'b'), ['a found', 'a watched']);
	t.deepEqual(await test.see('a#newer', 'b'), ['a stopped, replaced', 'a replaced', 'a found', 'a watched']);
});

test('one that may not be entered is logged once and retried with back-off, and the others go on', async (t) => {
	const test = new TestHost();
	test.refusals.set('a', 3);
	t.deepEqual(await test.see('a', 'b'), ['a found', 'b found', 'b watched', 'a stopped, failed']);
	t.deepEqual(await test.passed(999), []);
	t.deepEqual(await test.passed(1), ['a stopped, failed']);
	t.deepEqual(await test.passed(1999), []);
	t.deepEqual(await test.passed(1), ['a stopped, failed']);
	t.deepEqual(await test.passed(4000), ['a watched']);
	const said = test.log.lines.filter(({level}) => level === 'warn');
	t.is(said.length, 1);
	t.like(said[0], {message: 'cannot watch a namespace, the others go on', fields: {netns: 'a', reason: 'not permitted'}});
});

test('a namespace that goes before it could be entered causes no error', async (t) => {
	const test = new TestHost();
	test.refusals.set('a', 1);
	test.there = [{name: 'a', path: '/run/netns/a', identity: '1'}];
	test.host.look();
	test.there = [];
	t.deepEqual(await test.passed(0), ['a found', 'a stopped, failed', 'a gone']);
	t.deepEqual(test.log.lines, []);
});

test('watches that get no picture hold up the next ones for half a second at most', async (t) => {
	const test = new TestHost();
	const stuck = Array.from({length: 8}, (_, n) => `s${n}`);
	for (const name of stuck) test.hanging.add(name);
	t.false((await test.see(...stuck, 'a')).includes('a watched'));
	t.true((await test.passed(500)).includes('a watched'));
	const later = await test.see('a');
	for (const name of stuck) t.true(later.includes(`${name} gone`));
});

test('a watch that fails later is started again, without another event of its namespace', async (t) => {
	const test = new TestHost();
	await test.see('a');
	test.failures.get('a')?.(new Error('another netmon has the sandbox'));
	t.deepEqual(await test.passed(0), ['a stopped, failed']);
	t.deepEqual(await test.passed(1000), ['a watched']);
});

test('if namespaces cannot be found, the current watches go on, and it is logged once', async (t) => {
	const test = new TestHost();
	await test.see('a');
	test.findError = new Error('EMFILE');
	t.deepEqual([...(await test.look()), ...(await test.look())], []);
	t.deepEqual(
		test.log.lines.map(({level}) => level),
		['warn', 'debug'],
	);
});

test('a fault in the end of a watch is logged with its stack, and the namespace goes all the same', async (t) => {
	const test = new TestHost();
	test.stubborn.add('a');
	await test.see('a', 'b');
	t.deepEqual(await test.see('b'), ['a gone']);
	const [line] = test.log.lines;
	t.like(line, {level: 'error', message: 'internal error', fields: {reason: 'a fault in stop()'}});
	t.regex(JSON.stringify(line?.fields), /"stack":"Error: a fault in stop\(\)\\n +at /);
});

test('the end stops all, and reports nothing', async (t) => {
	const test = new TestHost();
	test.refusals.set('c', 9);
	await test.see('a', 'b', 'c');
	await test.host.stop();
	t.deepEqual(test.story.splice(0), ['a stopped, ending', 'b stopped, ending']);
	await test.see('d');
	t.deepEqual(await test.passed(10_000), []);
});

test('all is watched that was there at the start once each has its picture, has failed once or is gone; later ones do not count', async (t) => {
	const test = new TestHost();
	test.refusals.set('a', 9);
	test.hanging.add('b');
	test.hanging.add('d');
	let started = false;
	await test.see('a', 'b', 'c');
	void test.host.started(20_000).then(() => (started = true));
	await test.see('a', 'b', 'c', 'd');
	t.false(started);
	await test.see('a', 'c', 'd');
	t.true(started);
});

test('where nothing is there at the start, nothing is waited for', async (t) => {
	const test = new TestHost();
	await test.see();
	await t.notThrowsAsync(test.host.started(20_000));
});

test('one that gets no picture holds up the word that all is watched for the limit at most', async (t) => {
	const test = new TestHost();
	test.hanging.add('a');
	let started = false;
	await test.see('a');
	void test.host.started(20_000).then(() => (started = true));
	await test.passed(19_999);
	t.false(started);
	await test.passed(1);
	t.true(started);
});
