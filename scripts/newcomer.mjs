// Tries README.md as a new user would: a fresh clone on a fresh Debian, with what the README says and nothing else.
//   node scripts/newcomer.mjs [--tests none|some|all] [--cache FOLDER] [--fresh] [12|13 …]
// Needs root, debootstrap, git and the network. What takes long is kept in the cache: Debian with the packages that the README names.
import {execFileSync, spawn} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

const root = fileURLToPath(new URL('../', import.meta.url));
const suites = {12: 'bookworm', 13: 'trixie'};
/** A new user's login shell has no more. */
const environment = {PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LANG: 'C.UTF-8'};

const {values, positionals} = parseArgs({
	options: {
		tests: {type: 'string', default: 'some'},
		cache: {type: 'string', default: join(root, 'node_modules/.cache/newcomer')},
		fresh: {type: 'boolean', default: false},
	},
	allowPositionals: true,
});
const releases = positionals.length > 0 ? positionals : Object.keys(suites);
for (const release of releases)
	if (suites[release] === undefined) throw new Error(`Debian ${release} is not known here: name ${Object.keys(suites).join(' or ')}`);
if (!['none', 'some', 'all'].includes(values.tests)) throw new Error('--tests is none, some or all');
if (process.getuid() !== 0) throw new Error('run this as root: it makes a system to change its root to');

/**
 * Enters a system with mounts and processes of its own: both go with the shell that this starts, however it ends. pivot_root and not
 * chroot, since the kernel lets no process below a chroot make user namespaces (user_namespaces(7)), which the tests need.
 */
const enter = `set -e
mount --make-rprivate /
mount --bind "$1" "$1"
cd "$1"
mkdir -p .outside
mount -t proc proc proc
mount -t sysfs sysfs sys
for folder in run tmp dev/shm; do mkdir -p $folder; mount -t tmpfs -o mode=1777 tmpfs $folder; done
mount -t devpts devpts dev/pts
pivot_root . .outside
umount -l .outside
shift
exec "$@"`;

let running;

/** Runs a program, which is ended with this one; resolves to its exit code. */
function run(file, args, options = {}) {
	return new Promise((resolve, reject) => {
		running = spawn(file, args, {stdio: ['ignore', 'inherit', 'inherit'], ...options});
		running.once('error', reject);
		running.once('close', (code) => {
			running = undefined;
			resolve(code ?? 1);
		});
	});
}

const inside = (system, ...command) =>
	run('unshare', ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', enter, 'enter', system, ...command], {env: environment});

/** What this machine needs to reach the world is not a matter of the README. */
function lendNetwork(system) {
	writeFileSync(join(system, 'etc/resolv.conf'), readFileSync('/etc/resolv.conf'));
	const certificates = process.env.NODE_EXTRA_CA_CERTS;
	if (certificates !== undefined) {
		writeFileSync(join(system, 'root/certificates.crt'), readFileSync(certificates));
		environment.NODE_EXTRA_CA_CERTS = '/root/certificates.crt';
	}
	for (const name of ['http_proxy', 'https_proxy', 'no_proxy']) if (process.env[name] !== undefined) environment[name] = process.env[name];
}

/** The README's line that installs what is needed, as it stands there. */
function installLine() {
	const [line, ...others] = readFileSync(join(root, 'README.md'), 'utf8').match(/apt install [\w .-]+/g) ?? [];
	if (line === undefined || others.length > 0) throw new Error('README.md does not have one line with apt install');
	return line;
}

/** Makes a system in a folder: Debian as debootstrap makes it, and what the README says is to be installed. */
async function makeSystem(release, system) {
	const install = installLine();
	const archive = join(values.cache, `${suites[release]}.tar`);
	const note = join(values.cache, `${suites[release]}.installed`);
	const kept = existsSync(archive) && existsSync(note) && readFileSync(note, 'utf8') === install && !values.fresh;
	if (kept) {
		if ((await run('tar', ['-C', system, '--numeric-owner', '-xf', archive])) !== 0) throw new Error(`cannot unpack ${archive}`);
		lendNetwork(system);
		return;
	}
	if ((await run('debootstrap', ['--variant=minbase', suites[release], system])) !== 0) throw new Error('debootstrap has failed');
	lendNetwork(system);
	const script = `export DEBIAN_FRONTEND=noninteractive; apt-get update -q && ${install.replace('apt install', 'apt-get install -q -y')} && apt-get clean`;
	if ((await inside(system, 'sh', '-c', script)) !== 0) throw new Error(`"${install}" has failed`);
	mkdirSync(values.cache, {recursive: true});
	if ((await run('tar', ['-C', system, '--one-file-system', '--numeric-owner', '-cf', `${archive}.part`, '.'])) !== 0)
		throw new Error('cannot keep the system');
	renameSync(`${archive}.part`, archive);
	writeFileSync(note, install);
}

const folders = [];

async function tryRelease(release) {
	console.log(`\n# Debian ${release}`);
	const begun = performance.now();
	const system = mkdtempSync(join(tmpdir(), 'netmon-newcomer-'));
	folders.push(system);
	try {
		await makeSystem(release, system);
		execFileSync('git', ['clone', '--quiet', '--no-hardlinks', root, join(system, 'root/netmon')]);
		const code = await inside(system, 'sh', '-c', 'cd /root/netmon && exec sh scripts/newcomer.sh "$@"', 'newcomer', release, values.tests);
		console.log(`${code === 0 ? 'ok  ' : 'FAIL'}  Debian ${release}, ${Math.round((performance.now() - begun) / 1000)} s`);
		return code === 0;
	} finally {
		remove(system);
	}
}

/** Processes that were killed a moment ago may still write there. */
function remove(folder) {
	rmSync(folder, {recursive: true, force: true, maxRetries: 20, retryDelay: 200});
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
	process.once(signal, () => {
		const end = () => {
			for (const folder of folders) remove(folder);
			process.exit(1);
		};
		if (running === undefined) return end();
		// unshare hands its death on to all that runs in the system (--kill-child), and its mounts go with the last of it.
		running.once('close', end);
		running.kill('SIGKILL');
	});
}

const results = [];
for (const release of releases) results.push(await tryRelease(release));
process.exitCode = results.every(Boolean) ? 0 : 1;
