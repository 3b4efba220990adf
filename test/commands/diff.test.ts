import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {inTablesOf} from '../../src/diff/compare.js';
import {numbered, scratch, writeSegment} from '../helpers/journals.js';
import {linkStatesSet} from '../helpers/link-states.js';
import {makeNamespace, namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {programCommand, Running, runToEnd, testIp} from '../helpers/netmon.js';
import {inet, makeLink, makeRoute} from '../helpers/records.js';
import {vethPair} from '../helpers/story.js';
import {waitFor} from '../helpers/wait.js';

const script = [
	...vethPair('eth0', '10.0.0.2/24'),
	'addr add fd00::2/64 dev eth0',
	'link add br0 type bridge',
	'route add default via 10.0.0.1',
	'route add 10.9.0.0/16 via 10.0.0.9',
	'route add blackhole 10.8.0.0/16',
];

async function diff(inside: TestNamespace | undefined, ...args: readonly string[]) {
	const [file, rest] = programCommand('netmon', ['diff', ...args]);
	return runToEnd(inside === undefined ? [file, rest] : inside.command(file, rest), testIp);
}

/** Another namespace, made by the same script. */
async function twin(t: ExecutionContext<unknown>, namespace: TestNamespace): Promise<TestNamespace> {
	const other = await makeNamespace(namespace);
	t.teardown(() => other.close());
	// To make the indices differ.
	other.batch(['link add dummy0 type veth peer name dummy1', 'link del dummy0']);
	for (const each of [namespace, other]) each.batch(script);
	for (const each of [namespace, other]) await linkStatesSet(each);
	return other;
}

namespaceTest(
	'issue 16: two namespaces made by the same script do not differ, and each single change to one of them shows as one line',
	async (t, namespace) => {
		const other = await twin(t, namespace);
		const sides = [`pid:${namespace.pid}`, `pid:${other.pid}`];
		t.deepEqual(await diff(namespace, ...sides), {code: 0, stdout: '', stderr: ''});
		t.deepEqual(await diff(namespace, `pid:${other.pid}`), {code: 0, stdout: '', stderr: ''}, 'against the own namespace');
		t.is((await diff(namespace, ...sides, '--exact')).code, 1);
		for (const [change, back, line] of [
			['link set eth0 mtu 1400', 'link set eth0 mtu 1500', '~ eth0   mtu 1500 → 1400'],
			['addr add 10.0.1.2/24 dev eth0', 'addr del 10.0.1.2/24 dev eth0', '~ eth0   +10.0.1.2/24'],
			['addr del fd00::2/64 dev eth0', 'addr add fd00::2/64 dev eth0', '~ eth0   -fd00::2/64'],
			['route del 10.9.0.0/16', 'route add 10.9.0.0/16 via 10.0.0.9', '- route  10.9.0.0/16 via 10.0.0.9 dev eth0'],
			['route replace default via 10.0.0.9', 'route replace default via 10.0.0.1', '~ route  default via 10.0.0.1 → 10.0.0.9'],
			['route add 10.7.0.0/16 dev eth0', 'route del 10.7.0.0/16', '+ route  10.7.0.0/16 dev eth0'],
			['link set br0 up', 'link set br0 down', '~ br0    up'],
			['link set br0 alias x', undefined, '~ br0    alias x'],
		] as const) {
			other.ip(change);
			const {code, stdout} = await diff(namespace, ...sides);
			t.deepEqual([code, stdout.split(', no carrier')[0]?.trimEnd()], [1, line]);
			if (back !== undefined) other.ip(back);
		}
		other.ip('link del br0');
		t.deepEqual((await diff(namespace, ...sides)).stdout, '- br0    removed\n');
		t.deepEqual((await diff(namespace, ...sides.toReversed())).stdout.split(' ').slice(0, 2), ['+', 'br0']);
		const json = JSON.parse((await diff(namespace, ...sides, '--json')).stdout);
		t.like(json, {v: 1, event: 'interface-removed', interface: {ifname: 'br0'}});
		t.false('cause' in json);
	},
);

namespaceTest(
	'a snapshot is compared with what is there now, in full; the list of ip alone only by its interfaces, and that is said',
	async (t, namespace) => {
		// Without IPv6, whose addresses change by themselves after duplicate address detection.
		namespace.batch(script.filter((line) => !line.includes('fd00')));
		await linkStatesSet(namespace);
		const folder = scratch(t);
		const [file, rest] = programCommand('netmon', ['snapshot', '--json']);
		const snapshot = join(folder, 'snapshot.json');
		writeFileSync(snapshot, (await runToEnd(namespace.command(file, rest), testIp)).stdout);
		const plain = join(folder, 'plain.json');
		writeFileSync(plain, namespace.ip('-j -d addr show'));
		t.like(await diff(namespace, snapshot, plain), {
			code: 0,
			stdout: '',
			stderr: `Note: ${plain} has no routes: only interfaces are compared\n`,
		});
		namespace.batch(['link set br0 address 02:00:00:00:00:99', 'route del 10.9.0.0/16']);
		const {code, stdout} = await diff(namespace, snapshot);
		t.is(code, 1);
		t.regex(stdout, /^~ br0 {4}(?:address|.*) .*02:00:00:00:00:99.*\n(?:.*\n)*- route {2}10\.9\.0\.0\/16 via 10\.0\.0\.9 dev eth0\n$/);
		t.regex((await diff(namespace, plain)).stdout, /^~ br0 .*\n$/);
		namespace.ip('route add 10.5.0.0/16 dev lo table 100');
		const [program, args] = programCommand('netmon', ['snapshot', '--json', '--family', 'inet', '--table', 'all']);
		writeFileSync(snapshot, (await runToEnd(namespace.command(program, args), testIp)).stdout);
		t.deepEqual(await diff(namespace, snapshot, '--family', 'inet'), {code: 0, stdout: '', stderr: ''}, 'every table');
		t.true(readFileSync(snapshot, 'utf8').length > 0);
	},
);

test('what is read of every table is compared in the tables that the other side has', (t) => {
	const routes = ['main', 'local', '100'].map((table) => makeRoute('10.9.0.0/16', {table}));
	const tablesFor = (...tables: readonly string[]) =>
		inTablesOf({links: [], routes: tables.map((table) => makeRoute('default', {table}))}, {links: [], routes}).routes?.map(
			({table}) => table,
		);
	t.deepEqual(tablesFor(), ['main']);
	t.deepEqual(tablesFor('100'), ['100']);
	t.deepEqual(tablesFor('main', 'local'), ['main', 'local', '100']);
});

test('story 37: 130,000 routes that vanish are no stack overflow', async (t) => {
	const folder = scratch(t);
	const [before, after] = [join(folder, 'before'), join(folder, 'after')];
	const routes = Array.from({length: 130_000}, (_, n) => ({dst: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, dev: 'lo'}));
	writeFileSync(before, JSON.stringify({interfaces: [], routes}));
	writeFileSync(after, JSON.stringify({interfaces: [], routes: []}));
	const {code, stdout, stderr} = await diff(undefined, before, after);
	t.deepEqual([code, stderr, stdout.split('\n').length - 1], [1, '', routes.length]);
});

test('two moments of a journal are compared in full', async (t) => {
	const journal = scratch(t);
	const begins = Date.now() - 60_000;
	const at = (ms: number) => `@${new Date(begins + ms).toISOString()}`;
	const link = makeLink(2, {ifname: 'eth0', addr_info: [inet('10.0.0.2')]});
	writeSegment(
		journal,
		begins,
		1,
		numbered(
			[
				{event: 'interface-found', interface: link},
				{event: 'address-found', ifindex: 2, ifname: 'eth0', address: inet('10.0.0.2')},
				{event: 'ready', interfaces: 1, routes: 0},
				{
					event: 'interface-changed',
					interface: {...link, ifname: 'wan'},
					changes: [{field: 'ifname', before: 'eth0', after: 'wan'}],
					cause: 'event',
				},
			],
			{begins},
		),
	);
	t.deepEqual(await diff(undefined, at(2500), '@now', '--journal', journal), {
		code: 1,
		stdout: '~ wan    renamed from eth0\n',
		stderr: '',
	});
	t.deepEqual(await diff(undefined, at(59_000), '@now', '--journal', journal), {code: 0, stdout: '', stderr: ''});
	t.regex((await diff(undefined, at(500), '@now', '--journal', journal)).stderr, /the first snapshot was not complete yet/);
	t.regex((await diff(undefined, '@-5m', '@now', '--journal', journal)).stderr, /has nothing of @-5m, it begins at 20/);
});

namespaceTest('a journal that was narrowed is compared with what it keeps, and that is said', async (t, namespace) => {
	namespace.batch([...script.filter((line) => !line.includes('fd00')), 'link set lo up']);
	await linkStatesSet(namespace);
	for (const [options, note, lines] of [
		[['--dev', 'eth0'], '--dev eth0: nothing else is compared', ['~ eth0   mtu 1500 → 1400', '- route  10.9.0.0/16 via 10.0.0.9 dev eth0']],
		[
			['--only', 'route'],
			'--only route: only routes are compared',
			['- route  10.8.0.0/16 blackhole', '- route  10.9.0.0/16 via 10.0.0.9 dev eth0'],
		],
	] as const) {
		const journal = join(scratch(t), 'journal');
		const watch = programCommand('netmon', ['watch', '--json', '--family', 'inet', ...options, '--journal', journal]);
		const netmon = new Running(namespace.command(...watch), testIp);
		t.teardown(() => void netmon.child.kill('SIGKILL'));
		await waitFor('what is there', () => netmon.stdout.includes('"event":"ready"'));
		t.is(await netmon.stop(), 0);
		const compared = () => diff(namespace, '@now', '--family', 'inet', '--journal', journal);
		t.deepEqual(await compared(), {code: 0, stdout: '', stderr: `Note: the journal was kept with ${note}\n`});
		namespace.batch(['link set lo mtu 65000', 'link set eth0 mtu 1400', 'route del 10.9.0.0/16', 'route del blackhole 10.8.0.0/16']);
		t.deepEqual((await compared()).stdout.split('\n').slice(0, -1).toSorted(), lines.toSorted());
		namespace.batch([
			'link set lo mtu 65536',
			'link set eth0 mtu 1500',
			'route add 10.9.0.0/16 via 10.0.0.9',
			'route add blackhole 10.8.0.0/16',
		]);
	}
});

namespaceTest('a moment of a namespace is compared with that namespace now, wherever netmon diff runs', async (t, namespace) => {
	const journal = scratch(t);
	const begins = Date.now() - 60_000;
	const eth7 = makeLink(7, {ifname: 'eth7'});
	const events = numbered(
		[
			{event: 'interface-found', interface: eth7},
			{event: 'ready', interfaces: 1, routes: 0},
		],
		{begins},
	).map((event) => ({...event, netns: `pid:${namespace.pid}`}));
	writeSegment(journal, begins, 1, events);
	namespace.batch(vethPair('w0', '10.0.0.2/24'));
	const elsewhere = await makeNamespace(namespace);
	t.teardown(() => elsewhere.close());
	const {code, stdout} = await diff(elsewhere, '@-1s', '--journal', journal);
	t.is(code, 1);
	t.regex(stdout, /^\+ w0 /m);
	const other = await diff(elsewhere, '@-1s', '--journal', journal, '--netns', `pid:${elsewhere.pid}`);
	t.is(other.code, 2);
	t.regex(other.stderr, /has nothing of the namespace "pid:\d+", but of others: pid:\d+\n/);
});

test('what is left out is not taken from stdin, which may be that of a loop over lines', async (t) => {
	const [file, args] = programCommand('netmon', ['diff']);
	const {code, stderr} = await runToEnd(['sh', ['-c', 'echo a.json | "$@"', 'sh', file, ...args]]);
	t.is(code, 2);
	t.true(stderr.startsWith('Error: no A is named\n'), stderr);
});

for (const [args, message] of [
	[[], 'no A is named'],
	[['--frobnicate'], '--frobnicate is not an option of netmon diff'],
	[['/nonexistent.json', 'netns:none'], 'cannot '],
	[['netns:'], '"netns:" names no namespace'],
	[['pid:web'], '"pid:web" names no process'],
	[['@soon'], '"@soon" is no time'],
	[['@-5m', '--journal', '/nonexistent'], 'there is no journal in /nonexistent'],
] as const) {
	test(`diff ${args.join(' ')} exits 2, as diff(1) does for any trouble`, async (t) => {
		const {code, stdout, stderr} = await diff(undefined, ...args);
		t.deepEqual([code, stdout], [2, '']);
		t.true(stderr.startsWith(`Error: ${message}`), stderr);
	});
}
