// Captures what an ip prints while the story of test/fixtures/iproute2 happens, in the form of the captures there.
//   node scripts/capture.mjs [--ip PATH] [--out FOLDER]
// FOLDER is test/fixtures/iproute2/VERSION unless named. Then "npx ava build/test/probe/read/captures.test.js" compares.
import {execFileSync, spawn, spawnSync} from 'node:child_process';
import {closeSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {parseArgs} from 'node:util';
import {root} from './run.mjs';

const fixtures = join(root, 'test/fixtures/iproute2');
const inside = 'NETMON_CAPTURE_INSIDE';
const {values} = parseArgs({options: {ip: {type: 'string', default: 'ip'}, out: {type: 'string'}}});

/** Longest wait for a monitor, or for it to have told all. */
const limitMs = 20_000;
/** Duplicate address detection takes up to two seconds, and tells when it ends. */
const calmMs = 2500;
/** Flags of an address in /proc/net/if_inet6 (include/uapi/linux/if_addr.h). */
const [dadFailed, tentative] = [0x08, 0x40];

if (process.env[inside] === undefined) {
	// In a network namespace of its own, with mounts of its own for the name of the second one.
	const unshare = [...(process.getuid() === 0 ? [] : ['--map-root-user']), '--net', '--mount', process.execPath, ...process.argv.slice(1)];
	process.exitCode = spawnSync('unshare', unshare, {stdio: 'inherit', env: {...process.env, [inside]: '1'}}).status ?? 1;
} else {
	await capture();
}

async function capture() {
	execFileSync('mount', ['-t', 'tmpfs', 'none', '/run']);
	execFileSync('ip', ['netns', 'add', 'peer']);
	const version = execFileSync(values.ip, ['-V'], {encoding: 'utf8'});
	const name = /iproute2-v?(\d+(?:\.\d+)+)/.exec(version)?.[1];
	if (name === undefined && values.out === undefined)
		throw new Error(`this does not say its version as releases from 5.8 do, name a folder with --out: ${version}`);
	const out = resolve(values.out ?? join(fixtures, name));
	rmSync(out, {recursive: true, force: true});
	mkdirSync(out, {recursive: true});
	const story = readFileSync(join(fixtures, '7.1.0/story.txt'));
	writeFileSync(join(out, 'story.txt'), story);
	writeFileSync(join(out, 'version.txt'), version);
	const errors = [];
	const ask = (file, args) => {
		const {stdout, stderr, status} = spawnSync(values.ip, args, {maxBuffer: 1 << 28});
		writeFileSync(join(out, file), stdout);
		if (status === 0 && stderr.length === 0) return;
		errors.push(`ip ${args.join(' ')}:${status === 0 ? '' : ` exit ${status}:`} ${stderr.toString('latin1')}`);
	};
	const links = ['addr', 'show'];
	const routes = ['route', 'show', 'table', 'main'];

	ask('addr-before.json', ['-j', '-d', ...links]);
	ask('routes-before.json', ['-j', '-d', ...routes]);
	const objects = ['monitor', 'label', 'link', 'address', 'route', 'nexthop'];
	const monitors = [
		await startMonitor(join(out, 'monitor.txt'), ['-j', '-o', ...objects]),
		await startMonitor(join(out, 'monitor-details.txt'), ['-d', '-o', ...objects]),
	];
	for (const line of linesOf(story)) {
		if (!line.equals(Buffer.from('# after'))) {
			happen(line);
			continue;
		}
		await calm(monitors);
		ask('addr-after.json', ['-j', '-d', ...links]);
		ask('routes-after.json', ['-j', '-d', ...routes]);
		ask('routes6-after.json', ['-j', '-d', '-6', ...routes]);
		ask('addr4-after.json', ['-j', '-d', '-4', ...links]);
		ask('addr6-after.json', ['-j', '-d', '-6', ...links]);
		ask('addr-after-without-d.json', ['-j', ...links]);
		ask('routes-after-without-d.json', ['-j', ...routes]);
		writeFileSync(join(out, 'ifindex.txt'), kernelNames());
	}
	await calm(monitors);
	for (const {child} of monitors) child.kill('SIGKILL');
	if (errors.length > 0) writeFileSync(join(out, 'errors.txt'), errors.join(''), 'latin1');
	console.log(`${version.trim()}: ${readdirSync(out).length} files in ${out}`);
}

/** The story is written for bash, and its names are bytes: $PEER and $'…' are bash's to read. */
function happen(line) {
	const script = Buffer.concat([Buffer.from('PEER=peer\nip '), line, Buffer.from('\n')]);
	const {status, stderr} = spawnSync('bash', ['-s'], {input: script});
	if (status !== 0) throw new Error(`the story cannot happen here: ip ${line.toString('latin1')}: ${stderr.toString('latin1')}`);
}

function linesOf(bytes) {
	return bytes
		.toString('latin1')
		.split('\n')
		.filter((line) => line !== '')
		.map((line) => Buffer.from(line, 'latin1'));
}

async function startMonitor(file, args) {
	const descriptor = openSync(file, 'w');
	const child = spawn('setpriv', ['--pdeathsig', 'KILL', values.ip, ...args], {stdio: ['ignore', descriptor, 'inherit']});
	closeSync(descriptor);
	// Subscribed is not ready: its second socket tells (docs/compatibility.md).
	const until = performance.now() + limitMs;
	while (socketsOf(child.pid) < 2) {
		if (performance.now() > until) throw new Error(`${values.ip} ${args.join(' ')} is not ready`);
		await new Promise((resolved) => setTimeout(resolved, 5));
	}
	return {file, child};
}

function socketsOf(pid) {
	try {
		return readdirSync(`/proc/${pid}/fd`).filter((fd) => Number(fd) > 2 && readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('socket:'))
			.length;
	} catch {
		return 0;
	}
}

/** Waits until the monitors have said nothing for a while and no duplicate address detection is running. */
async function calm(monitors) {
	const sizes = () => monitors.map(({file}) => statSync(file).size).join();
	const until = performance.now() + limitMs;
	for (let last = ''; last !== sizes() || (detects() && performance.now() < until); ) {
		last = sizes();
		await new Promise((resolved) => setTimeout(resolved, calmMs));
	}
}

/** Whether duplicate address detection runs for an address of a link with a carrier. Without one it does not begin. */
function detects() {
	const links = execFileSync('ip', ['-o', 'link'], {encoding: 'latin1'});
	const withCarrier = new Set([...links.matchAll(/^(\d+):[^<]*<[^>]*LOWER_UP/gm)].map(([, index]) => Number(index)));
	return readFileSync('/proc/self/net/if_inet6', 'latin1')
		.split('\n')
		.map((line) => line.split(/ +/))
		.some(
			([, index, , , flags]) =>
				withCarrier.has(Number.parseInt(index, 16)) && (Number.parseInt(flags, 16) & (dadFailed | tentative)) === tentative,
		);
}

/** The kernel's own list, from /sys of this namespace: index and name, in hex since it need not be text. */
function kernelNames() {
	execFileSync('mount', ['-t', 'sysfs', 'none', '/sys']);
	const folder = Buffer.from('/sys/class/net/');
	const names = readdirSync(folder, {encoding: 'buffer'}).flatMap((name) => {
		try {
			const index = Number(readFileSync(Buffer.concat([folder, name, Buffer.from('/ifindex')]), 'utf8'));
			return [{index, name}];
		} catch {
			// bonding_masters, which is no interface.
			return [];
		}
	});
	const lines = names.sort((a, b) => a.index - b.index).map(({index, name}) => `${index} ${name.toString('hex')}\n`);
	return lines.join('');
}
