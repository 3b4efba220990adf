import {execFileSync} from 'node:child_process';
import test from 'ava';
import {namespaceTest} from '../helpers/namespace.js';
import {programCommand, runToEnd, startWatch} from '../helpers/netmon.js';
import {vethPair} from '../helpers/story.js';
import {waitFor} from '../helpers/wait.js';

// Runs under each supported Node (scripts/test-nodes.mjs). NETMON_TEST_NODE names one that the test runner does not support.

test('both programs print their version, netmon with that of Node', async (t) => {
	const netmon = programCommand('netmon', ['--version']);
	const node = execFileSync(netmon[0], ['--version'], {encoding: 'utf8'}).trim();
	const said = await runToEnd(netmon);
	t.is(said.code, 0, said.stderr);
	t.regex(said.stdout, new RegExp(`^netmon/\\d+\\.\\d+\\.\\d+ linux-\\S+ node-${node.replaceAll('.', '\\.')}\n$`));
	t.regex((await runToEnd(programCommand('kata-netmon', ['-v']))).stdout, /^kata-netmon version \d+\.\d+\.\d+\n$/);
});

test('oclif handles help and mistakes', async (t) => {
	const help = await runToEnd(programCommand('netmon', ['watch', '--help']));
	t.is(help.code, 0, help.stderr);
	t.regex(help.stdout, /--on-change/);
	t.is(help.stderr, '', 'no warning of Node');
	const mistake = await runToEnd(programCommand('netmon', ['watch', '--nope']));
	t.is(mistake.code, 1);
});

namespaceTest('kata-netmon tells a runtime of interfaces and routes that come and go, and ends at SIGTERM', async (t, namespace) => {
	const {netmon, runtime, fence} = await startWatch(t, namespace, {program: 'kata-netmon'});
	namespace.batch([...vethPair('v0', '10.1.0.2/24', {peer: 'v0_kata'}), 'route add 10.9.0.0/16 via 10.1.0.1']);
	await runtime.until('the route', (calls) => calls.some(({op, text}) => op === 'update-routes' && text.includes('"10.9.0.0/16"')));
	namespace.ip('link del v0');
	await runtime.until('its end', (calls) => calls.some(({op}) => op === 'del-iface'));
	await fence();
	t.deepEqual(
		runtime.calls.filter(({op}) => op !== 'update-routes').map(({op, text}) => [op, JSON.parse(text).Name]),
		[
			['add-iface', 'v0'],
			['del-iface', 'v0'],
		],
	);
	t.is(await netmon.stop(), 0);
	t.deepEqual(
		netmon.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{')),
		[],
		'nothing but the log: no warning of Node',
	);
	await waitFor('the end of its children', () => namespace.processes().length === 0);
});

namespaceTest('a snapshot is JSON with the key names of ip', async (t, namespace) => {
	namespace.batch([...vethPair('v0', '10.1.0.2/24'), 'route add 10.9.0.0/16 via 10.1.0.1']);
	const {code, stdout, stderr} = await runToEnd(namespace.command(...programCommand('netmon', ['snapshot', '--json'])));
	t.is(code, 0, stderr);
	const {interfaces, routes} = JSON.parse(stdout);
	t.deepEqual(interfaces.map(({ifname}: {ifname: string}) => ifname).sort(), ['lo', 'pv0', 'v0']);
	t.deepEqual(
		routes.map(({dst}: {dst: string}) => dst),
		['10.1.0.0/24', '10.9.0.0/16'],
	);
});
