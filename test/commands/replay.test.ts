import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {scratch} from '../helpers/journals.js';
import {namespaceTest} from '../helpers/namespace.js';
import {programCommand, runToEnd, startWatch} from '../helpers/netmon.js';
import {vethPair} from '../helpers/story.js';

const replay = (...args: readonly string[]) => runToEnd(programCommand('netmon', ['replay', ...args]), {PATH: '/nonexistent'});

namespaceTest('issue 16: a recording that SIGKILL has cut off is replayed without ip, with the calls of the run', async (t, namespace) => {
	const file = join(scratch(t), 'recording.ndjson');
	// Else the other end of the pair may be the one whose calls fail.
	const {netmon, runtime, fence} = await startWatch(t, namespace, {args: ['--record', file, '--address-wait', '10m']});
	runtime.fail('add-iface', 2);
	const hardwareAddress = '02:00:00:00:00:01';
	namespace.batch(vethPair('v0', '10.1.0.2/24', {mac: hardwareAddress}));
	await runtime.until('the third try', (calls) => calls.filter(({op}) => op === 'add-iface').length >= 3);
	namespace.ip('link del v0');
	await fence();
	netmon.child.kill('SIGKILL');
	await netmon.exited;
	const made = runtime.calls.map(({op, text}) => `{"op":"${op}","payload":${text}}`);
	writeFileSync(file, `${readFileSync(file, 'utf8')}{"at":1,"what":"ev`);
	const {code, stdout, stderr} = await replay(file, '--json');
	t.deepEqual([code, stderr], [0, '']);
	t.deepEqual(stdout.split('\n').slice(0, made.length), made);
	const lines = (await replay(file)).stdout;
	const stepped = (await replay(file, '--step')).stdout;
	t.regex(
		stepped,
		/< monitor: .*link \d+ v0.*\n(?:.*\n)*.*< ip: .*\n.*(?:.*[+~].*\n)*.* > add-iface v0 begins\n(?:.*\n)*.*< call 1: exit code 1\n.*! call +add-iface v0/,
	);
	t.regex(lines, /ready .*\n(?:.*\n)*.* \+ v0 .*\n(?:.*\n)*.*! call +add-iface v0 failed: .*refused on purpose\n/);
	const shared = `${file}.shared`;
	const {stdout: anonymized} = await replay('--anonymize', file);
	writeFileSync(shared, anonymized);
	for (const original of ['v0', 'pv0', '10.1.0.2', '10.1.0.0/24', hardwareAddress, 'refused on purpose', runtime.folder]) {
		t.true(readFileSync(file, 'utf8').includes(original) || original === runtime.folder, original);
		t.false(new RegExp(`(?<![\\w.])${original}(?![\\w.])`).test(anonymized), original);
	}
	const again = (await replay(shared, '--json')).stdout;
	t.deepEqual(opsIn(again), opsIn(stdout));
	t.regex(again, /"Address":"10\.[\d.]+\.2"/);
});

const opsIn = (text: string) => text.split('\n').map((line) => /^{"op":"([^"]*)"/.exec(line)?.[1]);

namespaceTest('issue 16: a replay in which not all goes as it went says how it ends', async (t, namespace) => {
	const file = join(scratch(t), 'recording.ndjson');
	const {netmon, runtime, fence} = await startWatch(t, namespace, {args: ['--record', file]});
	namespace.batch(vethPair('v0', '10.1.0.2/24'));
	await runtime.until('v0', (calls) => calls.some(({op}) => op === 'add-iface'));
	await fence();
	t.is(await netmon.stop(), 0);
	const same = await replay(file, '--fail', 'add-iface@v0:3', '--fail', 'update-routes:1');
	t.is(same.code, 0, same.stderr);
	t.is(same.stderr, 'It ends as it was recorded\n');
	t.is(same.stdout.match(/! call +add-iface v0 failed: it was to fail/g)?.length, 3);
	const dropped = await replay(file, '--drop', '100%', '--seed', '5', '--step');
	t.is(dropped.code, 0);
	t.regex(dropped.stderr, /^It ends as it was recorded, without (\d+) of \1 lines of the monitor \(--seed 5\)\n$/);
	t.regex(dropped.stdout, /< monitor: .*link \d+ v0.* \(left out\)\n/);
	const other = await replay(file, '--fail', 'add-iface@v0:inf', '--json');
	t.deepEqual([other.code, other.stderr], [1, '']);
	t.deepEqual(JSON.parse(other.stdout.split('\n').at(-2) ?? ''), {
		end: 'different',
		differences: [{interface: 'v0', text: 'its last call failed'}],
	});
	for (const [args, message] of [
		[['--drop', '10'], '--drop is not a share: "10"'],
		[['--drop', '110%'], '--drop is not a share: "110%"'],
		[['--seed', '5'], '--seed is of no use without --drop'],
		[['--fail', 'add:3'], '--fail names no calls: "add:3"'],
		[['--fail', 'update-routes@v0:1'], '--fail names no calls: "update-routes@v0:1"'],
		[['--family', 'inet6'], '--family: the recording has nothing of inet6'],
		[['--anonymize', '--json'], '--anonymize and --json cannot be used together'],
	] as const) {
		const wrong = await replay(file, ...args);
		t.is(wrong.code, 2, message);
		t.true(wrong.stderr.startsWith(`Error: ${message}\n`), wrong.stderr);
	}
});

namespaceTest('issue 16: kata-netmon records where NETMON_RECORD says, and is replayed with its calls', async (t, namespace) => {
	const file = join(scratch(t), 'recording.ndjson');
	const {netmon, runtime, fence} = await startWatch(t, namespace, {program: 'kata-netmon', env: {NETMON_RECORD: file}});
	namespace.batch(vethPair('v0', '10.1.0.2/24'));
	// The kernel may give the carrier after the fence's route.
	await runtime.until('v0', (calls) => calls.some(({op}) => op === 'add-iface'));
	await fence();
	await netmon.stop();
	const {stdout} = await replay(file, '--json');
	t.deepEqual(
		stdout.split('\n').slice(0, -1),
		runtime.calls.map(({op, text}) => `{"op":"${op}","payload":${text}}`),
	);
	t.true(runtime.calls.length >= 2);
});

test('replay: what is no recording is refused, with what to do next', async (t) => {
	const folder = scratch(t);
	const file = join(folder, 'other.ndjson');
	for (const [content, message] of [
		[undefined, `cannot read ${file}: `],
		['', `${file} is no recording\n`],
		['{"v":1}\n', `${file} is no recording that this netmon can read: {"v":1}\n`],
	] as const) {
		if (content !== undefined) writeFileSync(file, content);
		const {code, stderr} = await replay(file);
		t.is(code, 2);
		t.true(stderr.startsWith(`Error: ${message}`), stderr);
	}
});
