import {chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {programCommand, runToEnd, type Started, startWatch} from '../helpers/netmon.js';
import {type Call, RecordingRuntime} from '../helpers/runtime.js';
import {holdCalls} from '../helpers/story.js';
import {waitFor} from '../helpers/wait.js';
import {guestAfter, summaryOf} from './consumer.js';
import {linkCommands, makeLink} from './links.js';
import {failed, type LogLine, logLines, stateOf, untilLogged} from './log-lines.js';
import {isAlive, killAll, peakMemory} from './processes.js';

/** Adds of `a0` do this as long as there is a file `broken`. */
const brokenFor = (script: string) => `if [ -f "$dir/broken" ]; then case $2$payload in add-iface*'"Name":"a0"'*)
	${script}
;; esac; fi`;

function breakAdds({runtime}: Pick<Started, 'runtime'>, script: string): {mend: () => void} {
	writeFileSync(join(runtime.folder, 'broken'), '');
	runtime.hook(brokenFor(script));
	return {mend: () => rmSync(join(runtime.folder, 'broken'))};
}

function interfaceCalls(calls: readonly Call[]): string[] {
	return summaryOf(calls).filter((text) => text.includes('iface'));
}

/** The longest back-off of a call, and a quarter more. */
const backoffLimitMs = 40_000;

/** Waits until the guest has only this one, whose add has finally succeeded, and the routes after it. */
async function hasOnce({netmon, runtime}: Started, name: string): Promise<readonly Call[]> {
	const added = () => logLines(netmon).findLast(({op, ifname}) => op === 'add-iface' && ifname === name)?.['msg'] === 'runtime was told';
	return runtime.until(
		`${name} once, then the routes`,
		(calls) => guestAfter(calls).interfaces.join() === name && summaryOf(calls).at(-1) === 'update-routes' && added(),
		backoffLimitMs,
	);
}

for (const times of [1, 3]) {
	namespaceTest(
		`a runtime that fails ${times} ${times === 1 ? 'time' : 'times'}: before each repeated add-iface a del-iface of the same record, and each failure is logged once with its stderr`,
		async (t, namespace) => {
			const started = await startWatch(t, namespace);
			started.runtime.fail('add-iface', times);
			makeLink(namespace, 'a0', 1);
			const calls = await hasOnce(started, 'a0');
			t.deepEqual(interfaceCalls(calls), ['add-iface a0', ...Array(times).fill(['del-iface a0', 'add-iface a0']).flat()]);
			const records = new Set(calls.filter(({op}) => op !== 'update-routes').map(({text}) => text));
			t.is(records.size, 1);
			const lines = logLines(started.netmon, failed);
			t.deepEqual(
				lines.map(({op, ifname, attempt, reason, stderr}) => ({op, ifname, attempt, reason, stderr})),
				[...Array(times).keys()].map((index) => ({
					op: 'add-iface',
					ifname: 'a0',
					attempt: index + 1,
					reason: 'exit code 1',
					stderr: 'refused on purpose',
				})),
			);
			for (const [index, {retryInMs}] of lines.entries()) {
				const middle = 200 * 2 ** index;
				t.true(Number(retryInMs) >= middle * 0.75 - 1 && Number(retryInMs) <= middle * 1.25 + 1, `${retryInMs}`);
			}
			t.is(await started.netmon.stop(), 0);
		},
	);
}

namespaceTest(
	'a runtime that refuses one interface for ever: the others and the routes are told meanwhile, and it is told once that works',
	async (t, namespace) => {
		const started = await startWatch(t, namespace);
		const {netmon, runtime} = started;
		const broken = breakAdds(started, 'echo "no room for it" >&2; exit 1');
		makeLink(namespace, 'a0', 1);
		await untilLogged(netmon, failed, 2);
		const before = performance.now();
		namespace.batch([...linkCommands('b0', 2), 'route add 10.9.0.0/16 via 10.100.2.1']);
		await runtime.until('b0 and its route', (calls) => guestAfter(calls).routes?.join() === '10.9.0.0/16');
		namespace.ip('link del b0');
		await runtime.until('its end', (calls) => guestAfter(calls).routes?.length === 0);
		t.true(performance.now() - before < 10_000);
		t.true(logLines(netmon, failed).every(({stderr, ifname}) => stderr === 'no room for it' && ifname === 'a0'));
		const adds = runtime.calls.filter(({op, text}) => op === 'add-iface' && text.includes('"a0"')).length;
		t.is(logLines(netmon, failed).length, adds, 'once for each attempt');
		broken.mend();
		await hasOnce(started, 'a0');
		t.is(await netmon.stop(), 0);
	},
);

namespaceTest(
	'an interface that goes while its add is held back is settled by one del-iface, and not tried again',
	async (t, namespace) => {
		const started = await startWatch(t, namespace);
		breakAdds(started, 'exit 1');
		makeLink(namespace, 'a0', 1);
		await untilLogged(started.netmon, failed, 3);
		namespace.ip('link del a0');
		const calls = await started.runtime.until('its end', (all) => guestAfter(all).interfaces.length === 0);
		t.is(interfaceCalls(calls).at(-1), 'del-iface a0');
		await started.fence();
		await waitFor('nothing to be left of it', async () => {
			const {announced, waiting, running} = await stateOf(started.netmon);
			return running === undefined && Array.isArray(waiting) && waiting.length === 0 && Object(announced).interfaces.length === 0;
		});
		t.is(await started.netmon.stop(), 0);
	},
);

for (const [op, change] of [
	['del-iface', 'link del a0'],
	['update-routes', 'route add 10.9.0.0/16 via 10.100.1.1'],
] as const) {
	namespaceTest(`a runtime that fails ${op} for ever: interfaces come and go meanwhile`, async (t, namespace) => {
		makeLink(namespace, 'a0', 1);
		const {netmon, runtime} = await startWatch(t, namespace);
		runtime.fail(op, 1000);
		namespace.ip(change);
		await untilLogged(netmon, failed, 2, (line) => line['op'] === op);
		for (const name of ['b0', 'c0']) makeLink(namespace, name, name === 'b0' ? 2 : 3);
		await runtime.until('both', (calls) => ['b0', 'c0'].every((name) => interfaceCalls(calls).includes(`add-iface ${name}`)));
		const before = logLines(netmon, failed).length;
		await untilLogged(netmon, failed, before + 1, (line) => line['op'] === op);
		runtime.fail(op, 0);
		await runtime.until('it too', (calls) => summaryOf(calls).includes(op === 'del-iface' ? 'del-iface a0' : 'update-routes 10.9.0.0/16'));
		await waitFor(
			'its success',
			async () => Object((await stateOf(netmon))['announced']).interfaces.length === (op === 'del-iface' ? 2 : 3),
			backoffLimitMs,
		);
		t.is(await netmon.stop(), 0);
	});
}

namespaceTest('back-off starts again after a success, and after a change of what has to be told', async (t, namespace) => {
	const started = await startWatch(t, namespace);
	const {netmon} = started;
	const broken = breakAdds(started, 'exit 1');
	makeLink(namespace, 'a0', 1);
	const tries = () => logLines(netmon, failed);
	// A machine that is busy at this moment may make the change late, so there are three.
	let isSooner = false;
	for (const mtu of [1400, 1300, 1200]) {
		const from = await waitFor('a fourth try', () => Number(tries().at(-1)?.['attempt']) >= 4 && tries().length);
		namespace.ip(`link set a0 mtu ${mtu}`);
		const first = await waitFor('a first try of the change', () => {
			const index = tries().findIndex(({attempt}, each) => each >= from && attempt === 1);
			return index > 0 && index;
		});
		isSooner = startedAt(tries()[first]) < dueAt(tries()[first - 1]) - 100;
		if (isSooner) break;
	}
	t.true(isSooner, `sooner than the next try would have been: ${JSON.stringify(tries())}`);
	broken.mend();
	await hasOnce(started, 'a0');
	const before = logLines(netmon, failed).length;
	breakAdds(started, 'exit 1');
	namespace.ip('link del a0');
	makeLink(namespace, 'a0', 1);
	const lines = await untilLogged(netmon, failed, before + 1);
	t.is(lines[before]?.['attempt'], 1);
	t.is(await netmon.stop(), 0);
});

function startedAt(line: LogLine = {}): number {
	return Date.parse(String(line['time'])) - Number(line['durationMs']);
}

/** When the call of this line was to be tried again. */
function dueAt(line: LogLine = {}): number {
	return Date.parse(String(line['time'])) + Number(line['retryInMs']);
}

namespaceTest('a runtime that is killed by a signal has failed', async (t, namespace) => {
	const started = await startWatch(t, namespace);
	const broken = breakAdds(started, 'echo "dying" >&2; kill -SEGV $$');
	makeLink(namespace, 'a0', 1);
	const [line] = await untilLogged(started.netmon, failed, 2);
	t.is(line?.['reason'], 'ended by SIGSEGV');
	t.is(line?.['stderr'], 'dying');
	broken.mend();
	await hasOnce(started, 'a0');
	t.is(await started.netmon.stop(), 0);
});

namespaceTest('a runtime that hangs is killed after its time limit, with its children', async (t, namespace) => {
	const started = await startWatch(t, namespace, {args: ['--runtime-timeout', '500ms']});
	const broken = breakAdds(started, 'sleep 1000 & echo $! >>"$dir/children"; echo $$ >>"$dir/children"; echo "hanging" >&2; sleep 1000');
	makeLink(namespace, 'a0', 1);
	// On a busy machine a call may be killed before it has said that.
	const [line] = await untilLogged(started.netmon, failed, 2, ({stderr}) => stderr === 'hanging');
	t.is(line?.['reason'], 'no end within 500 ms, killed');
	broken.mend();
	await hasOnce(started, 'a0');
	const children = readFileSync(join(started.runtime.folder, 'children'), 'utf8').trim().split('\n').map(Number);
	t.true(children.length >= 4);
	await waitFor('their end', () => !children.some(isAlive));
	t.is(await started.netmon.stop(), 0);
});

namespaceTest('a call has ended when the runtime has, even if a child of it holds its stderr open', async (t, namespace) => {
	const started = await startWatch(t, namespace);
	const broken = breakAdds(started, 'echo "the last words" >&2; sleep 1000 & echo $! >>"$dir/children"; exit 1');
	const children = () => readFileSync(join(started.runtime.folder, 'children'), 'utf8').trim().split('\n').map(Number);
	t.teardown(() => {
		if (existsSync(join(started.runtime.folder, 'children'))) killAll(children().filter(isAlive));
	});
	makeLink(namespace, 'a0', 1);
	const [line] = await untilLogged(started.netmon, failed, 1);
	t.is(line?.['stderr'], 'the last words');
	t.true(Number(line?.['durationMs']) < 5000);
	broken.mend();
	await hasOnce(started, 'a0');
	killAll(children().filter(isAlive));
	t.is(await started.netmon.stop(), 0);
});

namespaceTest('a runtime that prints megabytes: only the end of its stderr is kept', async (t, namespace) => {
	const started = await startWatch(t, namespace);
	const flood = 'head -c 20000000 /dev/zero | tr "\\0" x';
	const broken = breakAdds(started, `${flood}; ${flood} >&2; echo end >&2; exit 1`);
	makeLink(namespace, 'a0', 1);
	const [line] = await untilLogged(started.netmon, failed, 2, undefined, 40_000);
	const stderr = String(line?.['stderr']);
	t.true(stderr.length <= 4096 && stderr.endsWith('xend'), stderr.slice(-20));
	t.true(peakMemory(started.netmon.pid) < 200, `${peakMemory(started.netmon.pid)} MiB`);
	broken.mend();
	await hasOnce(started, 'a0');
	t.is(await started.netmon.stop(), 0);
});

namespaceTest('a runtime that disappears, or loses its run bit, while netmon watches is retried', async (t, namespace) => {
	const started = await startWatch(t, namespace);
	const {path} = started.runtime;
	chmodSync(path, 0o644);
	makeLink(namespace, 'a0', 1);
	const [line] = await untilLogged(started.netmon, failed, 1);
	t.is(line?.['reason'], `${path} is not an executable program: its run bit is missing`);
	chmodSync(path, 0o755);
	await hasOnce(started, 'a0');
	renameSync(path, `${path}.away`);
	namespace.ip('link del a0');
	await untilLogged(started.netmon, failed, 1, ({op}) => op === 'del-iface');
	renameSync(`${path}.away`, path);
	await started.runtime.until('its end', (calls) => guestAfter(calls).interfaces.length === 0);
	t.is(await started.netmon.stop(), 0);
});

for (const what of ['missing', 'without its run bit'] as const) {
	namespaceTest(`a runtime that is ${what} at the start is a clear error with exit code 2, and nothing is made`, async (t, namespace) => {
		const runtime = new RecordingRuntime();
		t.teardown(() => runtime.close());
		if (what === 'missing') rmSync(runtime.path);
		else chmodSync(runtime.path, 0o644);
		const args = ['watch', '-s', 'sb1', '-r', runtime.path, '--state-dir', runtime.stateDir];
		const {code, stderr} = await runToEnd(namespace.command(...programCommand('netmon', args)));
		t.is(code, 2);
		t.regex(stderr, /the runtime ".*" is not an executable program: .*\n.*run bit/);
		t.false(existsSync(runtime.stateDir));
	});
}

namespaceTest('a runtime that is slow during a flood: the last call has the last list, and the calls are few', async (t, namespace) => {
	makeLink(namespace, 'a0', 1);
	const {netmon, runtime} = await startWatch(t, namespace);
	// The first call lasts longer than the flood, and longer than netmon takes to see all of it.
	const {release} = holdCalls({runtime});
	const numbers = [...Array(2000).keys()];
	const dest = (number: number) => `10.${10 + (number >> 8)}.${number & 255}.0/24`;
	// In pieces, so that the flood lasts longer than a look.
	for (let from = 0; from < 2000; from += 100) {
		namespace.batch(numbers.slice(from, from + 100).map((number) => `route add ${dest(number)} via 10.100.1.1`));
	}
	await waitFor('all to be seen', async () => Number((await stateOf(netmon))['routes']) > 2000);
	t.is(runtime.calls.length, 1);
	release();
	const calls = await runtime.until('the last list', (all) => guestAfter(all).routes?.length === 2000);
	t.is(calls.length, 2);
	t.is(await netmon.stop(), 0);
});

namespaceTest(
	'a runtime that fails for ever, with a megabyte of stderr each time, takes no more memory after twenty tries',
	async (t, namespace) => {
		const started = await startWatch(t, namespace);
		breakAdds(started, 'head -c 1000000 /dev/zero | tr "\\0" x >&2; exit 1');
		makeLink(namespace, 'a0', 1);
		// Each change is tried soon, so there are many tries in a short time.
		const keep = keepChanging(t, namespace);
		await untilLogged(started.netmon, failed, 5);
		const before = peakMemory(started.netmon.pid);
		const size = JSON.stringify(await stateOf(started.netmon)).length;
		await untilLogged(started.netmon, failed, 20, undefined, 60_000);
		t.true(peakMemory(started.netmon.pid) - before < 25, `${before} MiB, then ${peakMemory(started.netmon.pid)}`);
		t.true(JSON.stringify(await stateOf(started.netmon)).length < size + 100);
		keep.stop();
		t.is(await started.netmon.stop(), 0);
	},
);

function keepChanging(t: ExecutionContext<unknown>, namespace: TestNamespace): {stop: () => void} {
	let mtu = 1300;
	const timer = setInterval(() => {
		mtu = mtu === 1300 ? 1301 : 1300;
		namespace.ip(`link set a0 mtu ${mtu}`);
	}, 100);
	t.teardown(() => clearInterval(timer));
	return {stop: () => clearInterval(timer)};
}
