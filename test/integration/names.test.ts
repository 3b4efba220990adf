import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {checkedIpFile} from '../../src/runtime/sandbox.js';
import {bytesOfText} from '../../src/text/byte-text.js';
import {namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {programCommand, runToEnd, testIp} from '../helpers/netmon.js';
import type {Call} from '../helpers/runtime.js';
import {type Story, startStory} from '../helpers/story.js';

/** Names as bytes (latin1), each legal for the kernel, and as the runtime gets them. */
const names: readonly (readonly [string, string])[] = [
	...[
		'v"0',
		"v'0",
		`v'"0`,
		'v\\0',
		'v\\',
		'v\\n0',
		'v@0',
		'@v',
		'v@if3',
		'v\u00010',
		'v\u001b[2J',
		'v\u007f',
		'v#0',
		`#'"`,
		'$(reboot)',
		'`reboot`',
		';reboot',
		'a|b&c>d<e',
		'*',
		'?',
		'~',
		'{}',
		'[]',
		'[LINK]Deleted',
		'Deleted',
		'if3',
		'-s',
		'--help',
		'-',
		'--',
		'dev',
		'up',
		'inet6',
		'v,0',
		'v=0',
		'123456789012345',
		'4711',
	].map((name) => [name, name] as const),
	[Buffer.from('vé', 'utf8').toString('latin1'), 'vé'],
	[Buffer.from('v😀', 'utf8').toString('latin1'), 'v😀'],
	[Buffer.from('v\u2028', 'utf8').toString('latin1'), 'v\u2028'],
	// A byte that is not UTF-8 is written as in Go's encoding/json.
	['v\xff\xfe', 'v\ufffd\ufffd'],
	['\xc3v', '\ufffdv'],
	['v\xed\xb0\x80', 'v\ufffd\ufffd\ufffd'],
];

/** The word for a name in a batch; undefined if no batch can express it: both quotes, and `#`. */
function sayable(name: string): string | undefined {
	if (name.includes('#') || (name.includes('"') && name.includes("'"))) return undefined;
	return name.includes('"') ? `'${name}'` : `"${name}"`;
}

/** Runs `ip` commands in which `NAME` stands for a name of any bytes. */
function ipOf(namespace: TestNamespace, name: string, ...lines: readonly string[]): void {
	const word = sayable(name);
	if (word !== undefined) namespace.batch(lines.map((line) => line.replace('NAME', () => word)));
	else for (const line of lines) namespace.ip(line.split(' ').map((part) => (part === 'NAME' ? name : part)));
}

/** Ends of veth pairs with these names, up and with an address and a route each. */
function makeAll(namespace: TestNamespace): void {
	for (const [index, [name]] of names.entries()) {
		ipOf(
			namespace,
			name,
			`link add name NAME type veth peer name p${index}`,
			`link set dev p${index} addrgenmode none`,
			`link set dev p${index} up`,
			'link set dev NAME addrgenmode none',
			`addr add 10.${index}.0.2/24 dev NAME`,
			'link set dev NAME up',
			`route add 10.${index}.9.0/24 via 10.${index}.0.1 dev NAME`,
		);
	}
}

const address = (index: number) => `10.${index}.0.2`;

/** What was told about each interface, by its address. */
function told(calls: readonly Call[], op: string): [string, unknown, unknown][] {
	return calls
		.filter((call) => call.op === op)
		.map(({text}) => JSON.parse(text))
		.map(({Device, Name, IPAddresses}): [string, unknown, unknown] => [IPAddresses?.[0]?.Address, Device, Name])
		.sort();
}

const expected = names.map(([, shown], index): [string, unknown, unknown] => [address(index), shown, shown]).sort();

/** Long enough for the calls about all of them on a busy machine. */
const allToldMs = 60_000;

/** All have been told, with what follows. So many take more than a second: a fence alone is no barrier. */
async function allTold({runtime, told: fenced}: Story, op: string): Promise<void> {
	await runtime.until(`every ${op}`, (calls) => told(calls, op).length >= expected.length, allToldMs);
	await fenced();
}

namespaceTest('names of any bytes are told as they are, with their routes, and deleted by them', async (t, namespace) => {
	const story = await startStory(t, namespace);
	const {netmon, runtime} = story;
	makeAll(namespace);
	await allTold(story, 'add-iface');
	t.deepEqual(told(runtime.calls, 'add-iface'), expected);
	const routes = () => JSON.parse(runtime.calls.filter(({op}) => op === 'update-routes').at(-1)?.text ?? '[]');
	const devices = new Map(routes().map(({Dest, Device}: {Dest: string; Device: string}) => [Dest, Device]));
	for (const [index, [, shown]] of names.entries()) t.is(devices.get(`10.${index}.9.0/24`), shown);

	namespace.batch(names.map((_, index) => `link del p${index}`));
	await allTold(story, 'del-iface');
	t.deepEqual(told(runtime.calls, 'del-iface'), expected);
	t.is(await netmon.stop(), 0);
	t.false(existsSync(join(runtime.stateDir, 'sb1/shared.json')));
});

namespaceTest('names of any bytes are known at the start, and told when they go', async (t, namespace) => {
	makeAll(namespace);
	const story = await startStory(t, namespace);
	await story.told();
	t.deepEqual(told(story.runtime.calls, 'add-iface'), []);
	namespace.batch(names.map((_, index) => `link del p${index}`));
	await allTold(story, 'del-iface');
	t.deepEqual(told(story.runtime.calls, 'del-iface'), expected);
});

namespaceTest('a rename into any name is seen as one', async (t, namespace) => {
	const story = await startStory(t, namespace, {args: ['--on-change', 'replace']});
	namespace.batch([
		'link add name v0 index 500 type veth peer name p0',
		'link set dev v0 addrgenmode none',
		'link set dev p0 addrgenmode none',
		'addr add 10.0.0.2/24 dev v0',
		'link set p0 up',
		'link set v0 up',
	]);
	await story.told();
	let before = 'v0';
	for (const [name, shown] of names) {
		story.runtime.clear();
		ipOf(namespace, before, 'link set dev NAME down', 'link set dev NAME name plain');
		ipOf(namespace, name, 'link set dev plain name NAME', 'link set dev NAME up');
		await story.runtime.until(shown, (all) => told(all, 'add-iface').some(([, device]) => device === shown));
		before = name;
	}
	ipOf(namespace, before, 'link del dev NAME');
	await story.told();
	const last = story.runtime.calls.filter(({op}) => op === 'del-iface').at(-1);
	t.is(JSON.parse(last?.text ?? '{}').Name, names.at(-1)?.[1]);
});

namespaceTest('snapshot --json has names of any bytes, and JSON can carry them', async (t, namespace) => {
	makeAll(namespace);
	const [file, rest] = programCommand('netmon', ['snapshot', '--json']);
	const {code, stdout} = await runToEnd(namespace.command(file, rest), testIp);
	t.is(code, 0);
	const {interfaces, routes} = JSON.parse(stdout);
	const found: string[] = interfaces.map(({ifname}: {ifname: string}) => ifname);
	const devices: string[] = routes.map(({dev}: {dev: string}) => dev);
	for (const [name] of names) {
		const carried = [...found].filter((ifname) => bytesOfText(ifname).toString('latin1') === name);
		t.is(carried.length, 1, JSON.stringify(name));
		t.true(devices.includes(carried[0] ?? ''), JSON.stringify(name));
	}
});

namespaceTest('a sandbox id of every character that one may have names its directory, and nothing else', async (t, namespace) => {
	for (const sandbox of ['a', '0', 'A-b_c.d', 'x'.repeat(64), 'a..b', '0-']) {
		const {netmon, runtime} = await startStory(t, namespace, {sandbox});
		namespace.ip('route replace 10.9.0.0/16 dev lo');
		const [call] = await runtime.until('a call', (calls) => calls.length > 0);
		t.deepEqual(call?.args, ['kata-network', 'update-routes', sandbox, join(runtime.stateDir, sandbox, 'shared.json')]);
		t.is(await netmon.stop(), 0);
		t.deepEqual(
			readdirSync(runtime.stateDir).filter((entry) => entry !== checkedIpFile),
			[sandbox],
		);
		namespace.ip('route del 10.9.0.0/16 dev lo');
	}
});
