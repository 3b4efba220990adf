import {spawnSync} from 'node:child_process';
import type {ExecutionContext} from 'ava';
import {makeMounts, type TestMounts} from '../faults/mounts.js';
import {whyNoDot} from '../helpers/graphviz.js';
import {namespaceTest, namespaceTestIf, type TestNamespace} from '../helpers/namespace.js';
import {programCommand, runToEnd, testIp} from '../helpers/netmon.js';
import {mistakeOf} from '../helpers/schemas.js';

/** Mounts in which `ip netns` has names of its own: a bridge with two namespaces behind it, and a third one behind the second. */
async function withNames(t: ExecutionContext<unknown>, namespace: TestNamespace): Promise<TestMounts> {
	const mounts = await makeMounts(t, namespace);
	mounts.sh(
		[
			'mount -t tmpfs none "$(readlink -f /var/run)"',
			'for name in gate web db; do ip netns add $name; done',
			'ip -n gate link add br0 type bridge',
			'ip -n gate link add w0 type veth peer name eth0 netns web',
			'ip -n gate link add d0 type veth peer name eth0 netns db',
			'ip -n gate link set w0 master br0; ip -n gate link set d0 master br0',
			'ip -n web addr add 10.0.0.2/24 dev eth0; ip -n web link set eth0 up; ip -n gate link set w0 up',
			'ip -n web route add default via 10.0.0.1',
			// Its index is that of its peer, as that of the other pair in web is of another one.
			'ip -n web link add side type veth peer name side netns db',
		].join('\n'),
	);
	return mounts;
}

async function snapshot(mounts: TestMounts, ...args: readonly string[]) {
	const [file, rest] = programCommand('netmon', ['snapshot', ...args]);
	return runToEnd(mounts.command(file, rest), testIp);
}

/** Lines between nodes, as `NAMESPACE/INTERFACE -- NAMESPACE/INTERFACE`, in the order of their text. */
function linesIn(dot: string): string[] {
	const names = new Map<string, string>();
	let box = '';
	for (const line of dot.split('\n')) {
		box = /\[style="rounded,filled".* label=<<b>(.*?)<\/b>/.exec(line)?.[1] ?? box;
		const [, id, name] = /^\t\t(\w+) \[label=<<b>(.*?)<\/b>/.exec(line) ?? [];
		if (id !== undefined) names.set(id, `${box}/${name}`);
	}
	return [...dot.matchAll(/^\t(\w+) -- (\w+)/gm)].map(([, from = '', to = '']) => `${names.get(from)} -- ${names.get(to)}`).sort();
}

namespaceTest('snapshot --graph dot draws bridges, ports and pairs of namespaces that fit a pattern', async (t, namespace) => {
	const mounts = await withNames(t, namespace);
	const {code, stdout, stderr} = await snapshot(mounts, '--netns', 'gate', '--netns', '*[b]', '--graph', 'dot');
	t.deepEqual([code, stderr], [0, '']);
	t.deepEqual(
		linesIn(stdout),
		['db/side -- web/side', 'gate/br0 -- gate/d0', 'gate/br0 -- gate/w0', 'gate/d0 -- db/eth0', 'gate/w0 -- web/eth0'].sort(),
	);
	t.regex(
		stdout,
		/<b>eth0<\/b> <font color="#\w+">veth<\/font><br align="left"\/>10\.0\.0\.2\/24<br align="left"\/><font color="#\w+">default via 10\.0\.0\.1</,
	);
	if (whyNoDot !== undefined) return;
	const rendered = spawnSync('dot', ['-Tsvg'], {input: stdout, encoding: 'utf8'});
	t.deepEqual([rendered.status, rendered.stderr], [0, '']);
	for (const name of ['gate', 'web', 'db', 'br0', '10.0.0.2/24', 'default via 10.0.0.1'])
		t.true(rendered.stdout.includes(`>${name}</text>`), name);
});

namespaceTest('snapshot --graph of one namespace names the others that its pairs lead to', async (t, namespace) => {
	const mounts = await withNames(t, namespace);
	const {code, stdout} = await snapshot(mounts, '--netns', 'gate', '--graph', 'mermaid');
	t.is(code, 0);
	t.regex(stdout, /^flowchart LR\n\tsubgraph b0\["gate"\]\n/);
	t.regex(stdout, /^\te0\["index \d+ in (?:web|db)"\]$/m);
	t.regex(stdout, /^\tn0_\d+ --- e1$/m);
});

namespaceTestIf(
	process.getuid?.() === 0 ? undefined : 'an ordinary user sees the namespaces of his own processes only',
	'snapshot --all-netns: a namespace that only a process has is named by pid and command, and its pair is found by the indices',
	async (t, namespace) => {
		const mounts = await withNames(t, namespace);
		const [file, args] = programCommand('netmon', ['snapshot', '--all-netns', '--graph', 'dot']);
		const script = [
			'set -e; unshare --net sleep 60 & pid=$!',
			'until [ "$(readlink /proc/$pid/ns/net)" != "$(readlink /proc/$$/ns/net)" ] && [ "$(cat /proc/$pid/comm)" = sleep ]; do sleep 0.02; done',
			'ip -n gate link add p0 type veth peer name pod0 netns $pid',
			'"$@"; kill $pid',
		].join('\n');
		const apart = ['--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', script, 'sh', file, ...args];
		const {code, stdout, stderr} = await runToEnd(mounts.command('unshare', apart), testIp);
		t.deepEqual([code, stderr], [0, '']);
		const title = /label=<<b>(pid:\d+)<\/b> <font color="#\w+">sleep<\/font>>/.exec(stdout)?.[1];
		t.true(linesIn(stdout).includes(`gate/p0 -- ${title}/pod0`), stdout);
		t.true(stdout.indexOf('<b>own namespace</b>') < stdout.indexOf('<b>db</b>'), 'its own comes first');
	},
);

namespaceTest('snapshot of several namespaces: a table for each, and a line of JSON for each', async (t, namespace) => {
	const mounts = await withNames(t, namespace);
	const table = await snapshot(mounts, '--netns', 'web', '--netns', 'db');
	t.deepEqual([table.code, table.stderr], [0, '']);
	t.regex(table.stdout, /^web:\n\nINDEX .*\n(?:.*\n)*\ndb:\n\nINDEX /);
	const json = await snapshot(mounts, '--netns', '*', '--json');
	const parts = json.stdout
		.trim()
		.split('\n')
		.map((line) => JSON.parse(line));
	for (const part of parts) t.is(mistakeOf('snapshot', part), undefined);
	t.deepEqual(
		parts.map(({netns}) => netns),
		['db', 'gate', 'web'],
	);
	t.deepEqual(Object.keys(parts[0]), ['netns', 'interfaces', 'routes']);
});

namespaceTest('snapshot of several namespaces: what cannot be is said, and what is named has to be there', async (t, namespace) => {
	const mounts = await withNames(t, namespace);
	t.like(await snapshot(mounts, '--netns', 'web', '--netns', 'gone'), {code: 2, stdout: ''});
	const none = await snapshot(mounts, '--netns', 'x*');
	t.like(none, {code: 2, stdout: ''});
	t.regex(none.stderr, /no network namespace fits x\*/);
	const payload = await snapshot(mounts, '--netns', '*', '--payload');
	t.like(payload, {code: 1, stdout: ''});
	t.regex(payload.stderr, /--payload cannot be used with several namespaces/);
	t.regex((await snapshot(mounts, '--graph', 'dot', '--json')).stderr, /--json and --graph cannot be used together/);
	t.regex((await snapshot(mounts, '--graph', 'svg')).stderr, /dot, mermaid/);
});
