import {linkStatesSet} from '../helpers/link-states.js';
import {namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {programCommand, runToEnd, startWatch, testIp} from '../helpers/netmon.js';
import {mistakeOf} from '../helpers/schemas.js';
import {vethPair} from '../helpers/story.js';

/** Runs `netmon snapshot` in the namespace. It must succeed, and print nothing on stderr. */
async function snapshot(namespace: TestNamespace, ...args: readonly string[]): Promise<string> {
	const [file, rest] = programCommand('netmon', ['snapshot', ...args]);
	const {code, stdout, stderr} = await runToEnd(namespace.command(file, rest), testIp);
	if (code !== 0 || stderr !== '') throw new Error(`it ended with ${code}: ${stderr}`);
	return stdout;
}

/** Two veth pairs with addresses of both families, and routes of both. */
const world = [
	'link add v0 index 10 address 02:00:00:00:00:01 type veth peer name p0 index 20',
	'link set dev p0 address 02:00:00:00:00:02',
	'link set dev v0 addrgenmode none',
	'link set dev p0 addrgenmode none',
	'addr add 10.1.0.2/24 dev v0',
	'addr add fd00::2/64 dev v0 nodad',
	'link set dev p0 up',
	'link set dev v0 up',
	'link add w0 index 30 address 02:00:00:00:00:03 mtu 1400 type veth peer name q0 index 40',
	'link set dev q0 address 02:00:00:00:00:04 up',
	'route add default via 10.1.0.1',
	'route add 10.9.0.0/16 via 10.1.0.1 metric 50',
	'route add blackhole 10.8.0.0/16',
	'route add fd00:9::/64 via fd00::1',
];

namespaceTest('snapshot prints a table of the interfaces with their addresses, and of the routes', async (t, namespace) => {
	namespace.batch(world);
	await linkStatesSet(namespace);
	t.is(
		await snapshot(namespace, '--family', 'inet'),
		[
			'INDEX  INTERFACE  KIND    STATE       MTU    HWADDR             ADDRESS',
			'1      lo         device  up          65536  -                  127.0.0.1/8',
			'10     v0         veth    up          1500   02:00:00:00:00:01  10.1.0.2/24',
			'20     p0         veth    up          1500   02:00:00:00:00:02  -',
			'30     w0         veth    down        1400   02:00:00:00:00:03  -',
			'40     q0         veth    no carrier  1500   02:00:00:00:00:04  -',
			'',
			'DESTINATION  ROUTE',
			'default      via 10.1.0.1 dev v0',
			'10.1.0.0/24  dev v0 proto kernel src 10.1.0.2',
			'10.8.0.0/16  blackhole',
			'10.9.0.0/16  via 10.1.0.1 dev v0 metric 50',
			'',
		].join('\n'),
	);
});

namespaceTest('snapshot of a namespace without routes says so', async (t, namespace) => {
	t.true((await snapshot(namespace)).endsWith('\n\nno routes\n'));
});

namespaceTest('snapshot --json has what ip -j has, under the same keys', async (t, namespace) => {
	namespace.batch(world);
	await linkStatesSet(namespace);
	// Use the same program as netmon: other releases have other keys.
	const ip = async (line: string): Promise<object[]> =>
		JSON.parse((await runToEnd(namespace.command(testIp['NETMON_IP'] ?? 'ip', line.split(' ')))).stdout);
	const {interfaces, routes} = JSON.parse(await snapshot(namespace, '--json', '--family', 'inet'));
	t.is(mistakeOf('snapshot', {interfaces, routes}), undefined);
	const shown = (await ip('-j -d addr show')) as {readonly addr_info: readonly {readonly family: string}[]}[];
	const ofFamily = (wanted: string) => shown.map((link) => ({...link, addr_info: link.addr_info.filter(({family}) => family === wanted)}));
	t.like(interfaces, ofFamily('inet'));
	t.like(routes, await ip('-j -d route show table main'));
	t.like(interfaces[1], {link_kind: 'veth', altnames: []});
	t.like(routes[0], {family: 'inet', table: 'main', flags: []});
	for (const key of ['ifindex', 'ifname', 'flags', 'mtu', 'operstate', 'address', 'addr_info']) t.true(key in interfaces[1], key);
	for (const key of ['dst', 'gateway', 'dev', 'protocol', 'scope', 'type']) t.true(key in routes[0], key);
	const six = JSON.parse(await snapshot(namespace, '--json', '--family', 'inet6'));
	t.like(six.interfaces, ofFamily('inet6'));
	t.like(six.routes, await ip('-j -d -6 route show table main'));
	const all = JSON.parse(await snapshot(namespace, '--json'));
	t.deepEqual(all.routes, [...routes, ...six.routes]);
});

namespaceTest('snapshot --json is one line, however large, and whole in a pipe that is read slowly', async (t, namespace) => {
	namespace.batch([
		...vethPair('v0', '10.1.0.2/24'),
		...Array.from({length: 3000}, (_, n) => `route add 10.${2 + (n >> 8)}.${n & 255}.0/24 via 10.1.0.1`),
	]);
	const [file, rest] = programCommand('netmon', ['snapshot', '--json']);
	// The reader begins long after netmon has filled the pipe.
	const slowly = 'exec 3<&0; "$@" | { sleep 0.5; cat; }';
	const {code, stdout} = await runToEnd(namespace.command('sh', ['-c', slowly, 'sh', file, ...rest]), testIp);
	t.is(code, 0);
	t.true(stdout.length > 300_000);
	t.is(stdout.indexOf('\n'), stdout.length - 1);
	t.is(JSON.parse(stdout).routes.length, 3001);
});

for (const profile of ['kata-1.13', 'kata-1.5']) {
	for (const family of ['inet', 'inet6', 'all']) {
		namespaceTest(`snapshot --payload has what a watch sends: ${profile}, ${family}`, async (t, namespace) => {
			const env = {NETMON_PROFILE: profile, NETMON_FAMILY: family, NETMON_ADDRESS_WAIT: '10m'};
			const {netmon, runtime} = await startWatch(t, namespace, {env});
			namespace.batch(world);
			const last = family === 'inet' ? '"10.9.0.0' : '"fd00:9::';
			const calls = await runtime.until('all', (all) => {
				const lists = all.filter(({op}) => op === 'update-routes');
				return all.some(({op}) => op === 'add-iface') && (lists.at(-1)?.text.includes(last) ?? false);
			});
			t.is(await netmon.stop(), 0);
			const adds = calls.filter(({op}) => op === 'add-iface').map(({text}) => text);
			const routes = runtime.calls.filter(({op}) => op === 'update-routes').at(-1)?.text;
			t.is(
				await snapshot(namespace, '--payload', '--profile', profile, '--family', family),
				`{"interfaces":[${adds}],"routes":${routes}}\n`,
			);
		});
	}
}

namespaceTest('snapshot --netns takes a name of ip netns, a path and a process', async (t, namespace) => {
	const [file, rest] = programCommand('netmon', ['snapshot', '--json', '--netns']);
	// Names are kept in /run/netns. A private one leaves the machine's alone.
	const script = [
		'set -e; mount -t tmpfs none /run; ip netns add web; ip -n web link add v0 type veth peer name p0',
		'ip netns add 4711; ip -n 4711 link add x0 type veth peer name y0',
		'ip netns exec web sleep 60 & pid=$!',
		// Until then the process is a copy of this shell, or an ip that has not entered the namespace yet.
		'until [ "$(cat /proc/$pid/comm)" = sleep ]; do sleep 0.01; done',
		'for netns in web /run/netns/web $pid 4711; do "$@" $netns; done; kill $pid',
	].join('\n');
	const command = namespace.command('unshare', ['--mount', 'sh', '-c', script, 'sh', file, ...rest]);
	const {code, stdout, stderr} = await runToEnd(command, testIp);
	t.deepEqual([code, stderr], [0, '']);
	const names = stdout
		.trim()
		.split('\n')
		.map((line) =>
			JSON.parse(line)
				.interfaces.map(({ifname}: {ifname: string}) => ifname)
				.sort(),
		);
	const web = ['lo', 'p0', 'v0'];
	t.deepEqual(names, [web, web, web, ['lo', 'x0', 'y0']], 'a name goes before a process of the same number');
});
