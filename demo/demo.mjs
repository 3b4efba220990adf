// Shows what netmon is for: a scratch namespace, the built `netmon watch`, a runtime that writes down its calls.
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {copyFileSync, existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const isRoot = process.getuid?.() === 0;
const colours = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code, text) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);

/** Each thing that happens, and how many interface calls follow from it; update-routes is the last one, and may come between. */
const story = [
	['a veth pair comes, and gets an address', ['link add eth1 type veth peer name peer1', 'addr add 10.1.0.2/24 dev eth1'], 'nothing'],
	['both ends go up', ['link set eth1 up', 'link set peer1 up'], 2],
	['a default route', ['route add default via 10.1.0.1 dev eth1'], 0],
	['two hundred more routes at once', Array.from({length: 200}, (_, i) => `route add 10.9.${i}.0/24 via 10.1.0.1 dev eth1`), 'complete'],
	['they go again', Array.from({length: 200}, (_, i) => `route del 10.9.${i}.0/24`), 'gone'],
	['a rename: the runtime keeps the name it was told', ['link set eth1 down', 'link set eth1 name lan0', 'link set lan0 up'], 0],
	['a route of the renamed interface', ['route add 10.8.0.0/16 via 10.1.0.1 dev lan0'], 0],
	['the pair is deleted', ['link del lan0'], 2],
];

const folder = mkdtempSync(join(tmpdir(), 'netmon-demo-'));
const processes = [];

function start(file, args, options) {
	const child = spawn(file, args, options);
	child.once('error', (error) => end(1, error.message));
	processes.push(child);
	return child;
}

async function until(what, look, limitMs = 20_000) {
	for (const begun = Date.now(); ; ) {
		const found = look();
		if (found) return found;
		if (Date.now() - begun > limitMs) throw new Error(`waited in vain for ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}

async function makeNamespace() {
	const holder = start('unshare', [isRoot ? '--net' : '--map-root-user', ...(isRoot ? [] : ['--net']), 'sleep', '600'], {stdio: 'inherit'});
	const own = readlinkSync('/proc/self/ns/net');
	await until('the namespace', () => {
		if (holder.exitCode !== null) throw new Error('no namespace can be made here: run it as root, or allow user namespaces');
		try {
			return readlinkSync(`/proc/${holder.pid}/ns/net`) !== own;
		} catch {
			return false;
		}
	});
	const enter = isRoot
		? [`--net=/proc/${holder.pid}/ns/net`]
		: ['--user', '--net', '--preserve-credentials', '--target', String(holder.pid)];
	return (file, args) => ['nsenter', [...enter, '--', file, ...args]];
}

function calls() {
	const file = join(folder, 'calls');
	return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
}

function show(call) {
	const [op, ...rest] = call.split(' ');
	const payload = JSON.parse(rest.join(' '));
	const text =
		Array.isArray(payload) && payload.length > 2 ? `${payload.length} routes, the last ${JSON.stringify(payload.at(-1))}` : rest.join(' ');
	console.log(`    ${paint(36, op.padEnd(13))} ${text}`);
}

async function main() {
	const inside = await makeNamespace();
	const ip = (lines) => {
		const [file, args] = inside('ip', ['-batch', '-']);
		// What it complains of is in the error: it is shown unless the demo is ending, and has killed the namespace's holder.
		execFileSync(file, args, {input: `${lines.join('\n')}\n`, stdio: ['pipe', 'ignore', 'pipe']});
	};
	ip(['link set lo up']);
	copyFileSync(new URL('../docs/examples/runtime.sh', import.meta.url), join(folder, 'runtime.sh'));
	const program = fileURLToPath(new URL('../bin/run.js', import.meta.url));
	const options = ['-s', 'demo', '-r', join(folder, 'runtime.sh'), '--state-dir', join(folder, 'state'), '--log-level', 'info'];
	const netmon = start(...inside(process.execPath, [program, 'watch', ...options]), {stdio: ['ignore', 'ignore', 'pipe']});
	let log = '';
	netmon.stderr.on('data', (chunk) => (log += chunk));
	await until('netmon to watch', () => log.includes('"watching"') || (netmon.exitCode !== null && Promise.reject(new Error(log))));

	let shown = 0;
	for (const [title, lines, expected] of story) {
		console.log(`\n${paint(1, title)}`);
		for (const line of lines.slice(0, 3)) console.log(paint(2, `  $ ip ${line}`));
		if (lines.length > 3) console.log(paint(2, `  … ${lines.length - 3} more`));
		ip(lines);
		await until(`the calls after "${title}"`, () => {
			const fresh = calls().slice(shown);
			const last = fresh.at(-1) ?? '';
			if (expected === 'complete') return last.includes('"10.9.199.0/24"') && last.split('"Dest"').length === 202;
			if (expected === 'gone') return last.startsWith('update-routes') && last.split('"Dest"').length === 2;
			if (expected === 'nothing') return true;
			return last.startsWith('update-routes') && fresh.filter((call) => !call.startsWith('update-routes')).length >= expected;
		});
		for (const call of calls().slice(shown)) {
			show(call);
			shown += 1;
		}
		if (expected === 'nothing') console.log(paint(2, '    nothing yet: it is not up'));
	}
	netmon.kill('SIGTERM');
	await until('netmon to end', () => netmon.exitCode !== null);
	console.log(`\n${shown} calls in all; netmon ended with ${netmon.exitCode}.`);
}

let ends = false;

/** Ends what was started and removes what was made, also where the reader has gone (`| head`) or a signal ends the demo. */
async function end(code, message) {
	// Whatever fails after this fails because of it.
	if (ends) return;
	ends = true;
	if (message !== undefined) console.error(`demo: ${message}`);
	const running = processes.filter(({pid, exitCode, signalCode}) => pid !== undefined && exitCode === null && signalCode === null);
	const ended = running.map((child) => once(child, 'exit'));
	for (const child of running) child.kill('SIGKILL');
	await Promise.all(ended);
	// A call that was under way may still be writing.
	rmSync(folder, {recursive: true, force: true, maxRetries: 5, retryDelay: 50});
	process.exit(code);
}

// console.log fails silently at a closed pipe; the stream says so.
process.stdout.on('error', (error) => (error.code === 'EPIPE' ? end(0) : end(1, error.message)));
process.stderr.on('error', () => end(1));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(1));

main().then(
	() => end(0),
	(error) => end(1, error.message),
);
