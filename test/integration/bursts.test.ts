import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {namespaceTest} from '../helpers/namespace.js';
import {describeCall, holdCalls, lastRoutes, type Story, startStory, vethPair} from '../helpers/story.js';
import {waitFor} from '../helpers/wait.js';

/** Waits for the events that say that these links are up. They come after those of the addresses. */
async function seenUp({netmon}: Story, ...names: readonly string[]): Promise<void> {
	for (const name of names) {
		const event = new RegExp(`"ifname":"${name}","flags":\\[[^\\]]*\\],"mtu":\\d+,"operstate":"UP"`);
		await waitFor(`${name} to be up in ${netmon.stdout}`, () => event.test(netmon.stdout));
	}
}

const numbers = (count: number) => Array.from({length: count}, (_, index) => index);

namespaceTest('fifty links that come at once, and go at once, lead to one call each, never two at a time', async (t, namespace) => {
	const {runtime, told} = await startStory(t, namespace);
	runtime.hook('mkdir "$dir/busy" || echo "$2" >>"$dir/overlap"\nsleep 0.01\nrmdir "$dir/busy"');
	namespace.batch(numbers(50).flatMap((n) => vethPair(`v${n}`, `10.1.${n}.2/24`)));
	const names = numbers(50).map((n) => `v${n} 10.1.${n}.2/24`);
	// A fence is no barrier here: routes go between calls that take longer than a second.
	const called = (op: string) => runtime.until(`50 ${op}`, (calls) => calls.filter((call) => call.op === op).length >= 50);
	await called('add-iface');
	t.deepEqual([...(await told()).interfaces].sort(), names.map((name) => `add-iface ${name}`).sort());
	namespace.batch(numbers(50).map((n) => `link del v${n}`));
	await called('del-iface');
	t.deepEqual([...(await told()).interfaces].sort(), names.map((name) => `del-iface ${name}`).sort());
	t.false(existsSync(join(runtime.folder, 'overlap')));
});

namespaceTest('links that come while a call runs are all added before the routes are sent, once', async (t, namespace) => {
	const story = await startStory(t, namespace, {args: ['--output', 'ndjson']});
	const {runtime, told} = story;
	const held = holdCalls(story);
	namespace.ip('route add 10.9.0.0/16 dev lo');
	await runtime.until('the call that is held', (calls) => calls.length === 1);
	namespace.batch(numbers(6).flatMap((n) => vethPair(`v${n}`, `10.1.${n}.2/24`)));
	await seenUp(story, ...numbers(6).map((n) => `v${n}`));
	held.release();
	await runtime.until('the last', (calls) => calls.length >= 8);
	await told();
	const ops = runtime.calls.map(({op}) => op);
	// The list is the same as before, so it does not come between, however long the calls take (docs/rules.md, rule 7).
	t.deepEqual(ops.slice(0, 8), ['update-routes', ...numbers(6).map(() => 'add-iface'), 'update-routes']);
});

namespaceTest('two hundred routes in one batch lead to few calls of 20 ms, the last complete', async (t, namespace) => {
	namespace.batch(vethPair('v0', '10.1.0.2/24'));
	const {runtime, told} = await startStory(t, namespace);
	runtime.delay(0.02);
	const begun = performance.now();
	namespace.batch(numbers(200).map((n) => `route add 10.9.${n}.0/24 via 10.1.0.1`));
	const tookMs = performance.now() - begun;
	await runtime.until('the last route', (calls) => calls.some(({text}) => text.includes('"10.9.199.0/24"')));
	const complete = runtime.calls;
	// Four, where the batch takes 40 ms: one for each 20 ms of it, one with what a look saw before its end, and the last.
	t.true(complete.length <= Math.ceil(tookMs / 20) + 2, `${complete.length} calls in ${tookMs} ms`);
	t.is(lastRoutes(complete).length, 200);
	t.is((await told()).routes.length, 200);
	namespace.batch(numbers(200).map((n) => `route del 10.9.${n}.0/24`));
	t.deepEqual((await told()).routes, []);
});

namespaceTest(
	'however many events arrive while a call runs, one further update-routes follows, with the latest list',
	async (t, namespace) => {
		namespace.batch(vethPair('v0', '10.1.0.2/24'));
		const story = await startStory(t, namespace, {args: ['--output', 'ndjson']});
		const held = holdCalls(story);
		namespace.ip('route add 10.9.0.0/16 via 10.1.0.1');
		await story.runtime.until('the call that is held', (calls) => calls.length === 1);
		for (const n of numbers(5)) namespace.batch([`route add 10.8.${n}.0/24 via 10.1.0.1`, `route add 10.7.${n}.0/24 via 10.1.0.1`]);
		namespace.batch(numbers(5).map((n) => `route del 10.7.${n}.0/24`));
		// The last change has been seen before the next call's list is made.
		namespace.ip('route add 10.10.0.0/16 via 10.1.0.1');
		await story.seen('"10.10.0.0/16"');
		held.release();
		await story.runtime.until('the next', (calls) => calls.length === 2);
		await story.fence();
		const list = [
			...numbers(5).map((n) => `10.8.${n}.0/24 via 10.1.0.1 dev v0`),
			'10.9.0.0/16 via 10.1.0.1 dev v0',
			'10.10.0.0/16 via 10.1.0.1 dev v0',
		].join(', ');
		t.deepEqual(
			story.runtime.calls.slice(1).map((call) => describeCall(call)),
			[`update-routes ${list}`, `update-routes ${list}`],
			'the next, and the one of the fence',
		);
	},
);

namespaceTest('an interface that came and went while a call ran leads to no call', async (t, namespace) => {
	const story = await startStory(t, namespace, {args: ['--output', 'ndjson']});
	const held = holdCalls(story);
	namespace.ip('route add 10.9.0.0/16 dev lo');
	await story.runtime.until('the call that is held', (calls) => calls.length === 1);
	namespace.batch(vethPair('v0', '10.1.0.2/24'));
	namespace.batch(vethPair('w0', '10.2.0.2/24'));
	namespace.ip('link del v0');
	namespace.ip('link set w0 mtu 1400');
	await waitFor('the last change', () => /"(mtu|after)":1400/.test(story.netmon.stdout));
	// A look that read v0 just before it went has shown it. Then its end is still to come.
	const shown = (event: string) => story.netmon.stdout.split(new RegExp(`"${event}","interface":{"ifindex":\\d+,"ifname":"v0"`)).length;
	await waitFor('the end of v0', () => shown('interface-added') === shown('interface-removed'));
	held.release();
	t.deepEqual((await story.told()).interfaces, ['add-iface w0 10.2.0.2/24']);
});

namespaceTest('an interface that comes and goes between two looks leads to a call and its reverse, or to none', async (t, namespace) => {
	const {told} = await startStory(t, namespace);
	const flash = [...vethPair('v0', '10.1.0.2/24'), 'link del v0'];
	namespace.batch(numbers(10).flatMap(() => flash));
	const {interfaces} = await told();
	// Whether a look falls between is a matter of chance. That the calls come in pairs is not.
	const pair = ['add-iface v0 10.1.0.2/24', 'del-iface v0 10.1.0.2/24'];
	t.deepEqual(interfaces, interfaces.length % 2 === 0 ? numbers(interfaces.length / 2).flatMap(() => pair) : pair);
});

namespaceTest('deletes come first, then adds, then routes', async (t, namespace) => {
	namespace.batch([...vethPair('v0', '10.1.0.2/24'), ...vethPair('w0', '10.2.0.2/24')]);
	const story = await startStory(t, namespace, {args: ['--output', 'ndjson']});
	const held = holdCalls(story);
	namespace.ip('route add 10.9.0.0/16 dev lo');
	await story.runtime.until('the call that is held', (calls) => calls.length === 1);
	namespace.batch([...vethPair('x0', '10.3.0.2/24'), 'route add 10.8.0.0/16 via 10.3.0.1']);
	namespace.batch(['link del v0', 'link del w0', ...vethPair('y0', '10.4.0.2/24')]);
	for (const name of ['v0', 'w0']) {
		await waitFor(`the end of ${name}`, () =>
			new RegExp(`interface-removed","interface":{"ifindex":\\d+,"ifname":"${name}"`).test(story.netmon.stdout),
		);
	}
	await story.seen('"10.3.0.2"', '"10.4.0.2"', '"10.8.0.0/16"');
	await seenUp(story, 'x0', 'y0');
	const released = performance.now();
	held.release();
	const list = 'update-routes 10.8.0.0/16 via 10.3.0.1 dev x0, 10.9.0.0/16 dev lo scope 253';
	await story.runtime.until(
		'all',
		(calls) => calls.at(-1)?.op === 'update-routes' && calls.filter(({op}) => op === 'add-iface').length === 2,
	);
	const told = story.runtime.calls.slice(1).map(describeCall);
	// On a machine where these calls take longer than a second the list comes between (docs/rules.md, rule 7).
	if (performance.now() - released > 1000 && told.filter((call) => call === list).length === 2) told.splice(told.indexOf(list), 1);
	const [dels, adds, rest] = [told.slice(0, 2), told.slice(2, 4), told.slice(4)];
	t.deepEqual([dels, rest], [['del-iface v0 10.1.0.2/24', 'del-iface w0 10.2.0.2/24'], [list]]);
	// Of two that get their carriers at once, either may be the first.
	t.deepEqual(adds.toSorted(), ['add-iface x0 10.3.0.2/24', 'add-iface y0 10.4.0.2/24']);
});

namespaceTest('a storm in another table and of neighbours leads to no call', async (t, namespace) => {
	namespace.batch(vethPair('v0', '10.1.0.2/24'));
	const {runtime, told} = await startStory(t, namespace);
	await told();
	const before = runtime.calls.length;
	namespace.batch(numbers(200).map((n) => `route add 10.9.${n}.0/24 via 10.1.0.1 table 100`));
	namespace.batch(numbers(100).map((n) => `neigh add 10.1.0.${n + 3} lladdr 02:00:00:00:01:00 dev v0`));
	await told();
	t.is(runtime.calls.length, before + 2, 'the two of the fences');
});
