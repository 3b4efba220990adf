// Lets the problems of docs/debugging.md happen in namespaces of its own, and prints each command of the page with its output.
//   node scripts/debugging.mjs
// It runs in a mount namespace with a /run and a /var/log of its own: names of ip netns, sockets and the journal are nobody else's.
import {execFileSync, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const inside = process.argv[2] === '--inside';
const program = fileURLToPath(new URL('../bin/run.js', import.meta.url));

if (!inside) {
	const rights = process.getuid() === 0 ? [] : ['--map-root-user'];
	const own = ['unshare', ...rights, '--net', '--mount', process.execPath, fileURLToPath(import.meta.url), '--inside'];
	const {status, error} = spawnSync(own[0], own.slice(1), {stdio: 'inherit'});
	if (error) console.error(`debugging: ${error.message}`);
	process.exit(status ?? 1);
}

for (const folder of ['/run', '/var/log']) execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', folder]);
const folder = mkdtempSync(join(tmpdir(), 'netmon-debugging-'));
const bin = join(folder, 'bin');
mkdirSync(bin);
writeFileSync(join(bin, 'netmon'), `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`);
chmodSync(join(bin, 'netmon'), 0o755);
// What the environment of a test run has set for netmon is not part of the page.
const plain = Object.entries(process.env).filter(([name]) => !name.startsWith('NETMON_') || name === 'NETMON_IP');
// Where it is noon: at midnight a date would stand between the lines.
const behind = new Date().getUTCHours() - 12;
const TZ = `Etc/GMT${behind < 0 ? behind : `+${behind}`}`;
const env = {...Object.fromEntries(plain), PATH: `${bin}:${process.env.PATH}`, TZ, NO_COLOR: '1'};
const watches = new Set();

const ip = (...lines) => execFileSync('ip', ['-batch', '-'], {input: `${lines.join('\n')}\n`, stdio: ['pipe', 'ignore', 'inherit']});
const within = (netns, ...lines) =>
	execFileSync('ip', ['-n', netns, '-batch', '-'], {input: `${lines.join('\n')}\n`, stdio: ['pipe', 'ignore', 'inherit']});
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(what, look) {
	for (const begun = Date.now(); ; await pause(50)) {
		if (look()) return;
		if (Date.now() - begun > 60_000) throw new Error(`waited in vain for ${what}`);
	}
}

/** Starts a watch, and waits until it has told what is there. */
async function watch(count, ...args) {
	const child = spawn(join(bin, 'netmon'), ['watch', ...args, '--json'], {cwd: folder, env, stdio: ['ignore', 'pipe', 'ignore']});
	watches.add(child);
	let told = '';
	child.stdout.on('data', (chunk) => (told += chunk));
	await until('the first picture', () => told.split('"event":"ready"').length > count);
	return {
		said: (text) => until(text, () => told.includes(text)),
		/** While it is stopped, its `ip monitor` reads on: it sees what happens together, however busy the machine is. */
		whileStopped(act) {
			child.kill('SIGSTOP');
			act();
			child.kill('SIGCONT');
		},
		async stop() {
			child.kill('SIGTERM');
			await once(child, 'exit');
			watches.delete(child);
		},
	};
}

/**
 * Runs a command of the page as it stands there, but for a time. Where it is asked what a running watch is doing, it is run until the watch
 * is between two calls.
 */
function show(command, {times = {}, until: right = /(?:)/} = {}) {
	let real = command;
	for (const [shown, meant] of Object.entries(times)) real = real.replace(shown, meant);
	let output = '';
	for (let tries = 0; tries < 50; tries += 1) {
		const {stdout, stderr} = spawnSync('sh', ['-c', real], {cwd: folder, env, encoding: 'utf8'});
		output = stdout + stderr;
		if (right.test(output)) break;
	}
	process.stdout.write(`$ ${command}\n${output}\n`);
}

/** Until each link has the state that follows from its carrier; a work queue of the kernel sets it (linkwatch_event, net/core/link_watch.c). */
function statesSet(netns) {
	const links = () => execFileSync('ip', ['-n', netns, '-o', 'link'], {encoding: 'utf8'});
	return until('the states of links', () => !/<NO-CARRIER,[^>]*LOWER_UP/.test(links()));
}

/** Until the journal has what is there. */
async function journalled(netns) {
	await statesSet(netns);
	await until('the journal', () => spawnSync(join(bin, 'netmon'), ['diff', '@now', '--netns', netns], {env, stdio: 'ignore'}).status === 0);
}

/** A namespace whose eth0 leads to a router that answers to nothing. */
async function pod(netns, address, ...routes) {
	ip(`netns add ${netns}`);
	within(
		netns,
		'link set lo up',
		'link add eth0 address 02:00:00:00:00:01 type veth peer name router address 02:00:00:00:00:fe',
		'link set eth0 addrgenmode none',
		'link set router addrgenmode none',
		`addr add ${address} dev eth0`,
		'link set router up',
		'link set eth0 up',
		...routes,
	);
	await statesSet(netns);
}

async function lostRoute() {
	await pod('web', '10.0.0.2/24', 'route add default via 10.0.0.1');
	const netmon = await watch(1, '--netns', 'web', '--journal', '/var/log/netmon');
	await pause(20);
	const evening = new Date().toISOString();
	await pause(20);
	within('web', 'link set eth0 down');
	await netmon.said('"route-removed"');
	within('web', 'link set eth0 up');
	await netmon.said('"added":["UP"');
	await journalled('web');
	show('netmon log --since -12h --route default');
	show('netmon log --since -12h --address 10.0.0.1 --only route');
	show('netmon diff @22:00 --netns web', {times: {'@22:00': `@${evening}`}});
	await netmon.stop();
	rmSync('/var/log/netmon', {recursive: true});
}

async function twoPods() {
	await pod('web-1', '10.1.0.2/24', 'route add 10.96.0.0/12 via 10.1.0.1');
	await pod('web-2', '10.1.0.3/24', 'route add 10.96.0.0/12 via 10.1.0.1');
	const netmon = await watch(2, '--netns', 'web-*', '--journal', '/var/log/netmon');
	netmon.whileStopped(() => within('web-2', 'addr del 10.1.0.3/24 dev eth0', 'addr add 10.1.0.3/32 dev eth0'));
	await netmon.said('"route-removed"');
	await netmon.said('"prefixlen":32');
	await journalled('web-2');
	show('netmon diff netns:web-1 netns:web-2');
	show('netmon log --since -1h --netns web-2 --address 10.96.0.10');
	show('netmon log --since -1h --netns web-2 --only address');
	await netmon.stop();
	rmSync('/var/log/netmon', {recursive: true});
}

const runtime = `#!/bin/sh
case "$2 $(cat "$4")" in
	"add-iface "*'"LinkType":"bridge"'*) echo "cannot hot plug an endpoint of type bridge" >&2; exit 1;;
esac
`;

async function refusedInterface() {
	await pod('pod7', '10.2.0.2/24', 'route add default via 10.2.0.1');
	writeFileSync(join(folder, 'runtime'), runtime);
	chmodSync(join(folder, 'runtime'), 0o755);
	const options = ['--journal', '/var/log/netmon', '--record', 'pod7.ndjson', '--state-dir', join(folder, 'state')];
	const netmon = await watch(1, '--netns', 'pod7', '-s', 'pod7', '-r', './runtime', ...options);
	within('pod7', 'link add br0 address 02:00:00:00:00:07 type bridge', 'addr add 10.3.0.1/24 dev br0', 'link set br0 up');
	within('pod7', 'link add name eth1 address 02:00:00:00:00:08 type veth peer name router1');
	within('pod7', 'link set eth1 addrgenmode none', 'link set router1 addrgenmode none', 'link set router1 address 02:00:00:00:00:fd');
	within('pod7', 'link set eth1 master br0', 'link set router1 up', 'link set eth1 up', 'route add 10.4.0.0/16 via 10.3.0.9');
	await netmon.said('"attempt":4');
	show('netmon list', {until: / 0 +\d\d:\d\d:\d\d +- +0$/m});
	show('netmon why br0 -s pod7', {until: /, next attempt in/});
	show('netmon why 10.4.0.0/16 -s pod7');
	show('netmon log --since -1h --only call | grep -m 2 failed');
	await netmon.stop();
	show('netmon replay pod7.ndjson --fail add-iface@eth1:2 > what-if.txt');
	show('netmon replay pod7.ndjson --fail add-iface@eth1:inf > what-if.txt');
	show('netmon replay --anonymize pod7.ndjson > shared.ndjson');
	rmSync('/var/log/netmon', {recursive: true});
}

try {
	await lostRoute();
	await twoPods();
	await refusedInterface();
} catch (error) {
	console.error(`debugging: ${error.message}`);
	process.exitCode = 1;
} finally {
	for (const child of watches) child.kill('SIGKILL');
	rmSync(folder, {recursive: true, force: true, maxRetries: 5, retryDelay: 50});
}
