// A Debian in a folder of its own, for what is tried on a fresh system. Needs root, debootstrap and the network.
import {spawn} from 'node:child_process';
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import './run.mjs';

/** The releases that can be made, by their names in the archive. */
export const suites = {12: 'bookworm', 13: 'trixie'};

/** A new user's login shell has no more. */
const environment = {PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LANG: 'C.UTF-8'};

/**
 * Enters a system with mounts and processes of its own: both go with the shell that this starts, however it ends. pivot_root and not
 * chroot, since the kernel lets no process below a chroot make user namespaces (user_namespaces(7)), which the tests need. Where
 * /sys/fs/cgroup is a tmpfs (cgroup v1), the system gets the one of cgroup v2, as a newer Debian has it.
 */
const enter = `set -e
mount --make-rprivate /
mount --bind "$1" "$1"
cd "$1"
mkdir -p .outside
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup 2>/dev/null || :
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

/** Runs a command in the system; resolves to its exit code. */
export const inside = (system, ...command) =>
	run('unshare', ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', enter, 'enter', system, ...command], {env: environment});

/** What this machine needs to reach the world. */
function lendNetwork(system) {
	writeFileSync(join(system, 'etc/resolv.conf'), readFileSync('/etc/resolv.conf'));
	const certificates = process.env.NODE_EXTRA_CA_CERTS;
	if (certificates !== undefined) {
		writeFileSync(join(system, 'root/certificates.crt'), readFileSync(certificates));
		environment.NODE_EXTRA_CA_CERTS = '/root/certificates.crt';
	}
	for (const name of ['http_proxy', 'https_proxy', 'no_proxy']) if (process.env[name] !== undefined) environment[name] = process.env[name];
}

/** Debian as debootstrap makes it, and then what `script` does in it. The cache keeps the result, until the script is another one. */
async function make({suite, script, cache, name, fresh}, system) {
	const archive = join(cache, `${name}.tar`);
	const note = join(cache, `${name}.installed`);
	const kept = existsSync(archive) && existsSync(note) && readFileSync(note, 'utf8') === script && !fresh;
	const [file, ...args] = kept
		? ['tar', '-C', system, '--numeric-owner', '-xf', archive]
		: ['debootstrap', '--variant=minbase', suite, system];
	if ((await run(file, args)) !== 0) throw new Error(`${file} has failed`);
	// It becomes /, which users other than root enter too.
	chmodSync(system, 0o755);
	lendNetwork(system);
	if (kept) return;
	if ((await inside(system, 'sh', '-ec', `export DEBIAN_FRONTEND=noninteractive; ${script}`)) !== 0)
		throw new Error(`"${script}" has failed`);
	mkdirSync(cache, {recursive: true});
	if ((await run('tar', ['-C', system, '--one-file-system', '--numeric-owner', '-cf', `${archive}.part`, '.'])) !== 0)
		throw new Error('cannot keep the system');
	renameSync(`${archive}.part`, archive);
	writeFileSync(note, script);
}

/**
 * Makes a system, hands its folder to `use`, and removes it.
 *
 * @param wanted suite: a release of Debian; script: what to do in it once, by sh; cache: a folder; name: of it there; fresh: without the cache
 */
export async function withDebian(wanted, use) {
	if (process.getuid() !== 0) throw new Error('run this as root: it makes a system to change its root to');
	const system = mkdtempSync(join(tmpdir(), 'netmon-debian-'));
	const end = () => {
		// unshare hands its death on to all that runs in the system (--kill-child), and its mounts go with the last of it.
		running?.kill('SIGKILL');
		remove(system);
	};
	// run.mjs exits at a signal.
	process.once('exit', end);
	try {
		await make(wanted, system);
		return await use(system);
	} finally {
		process.off('exit', end);
		remove(system);
	}
}

/** Processes that were killed a moment ago may still write there. */
function remove(folder) {
	rmSync(folder, {recursive: true, force: true, maxRetries: 20, retryDelay: 200});
}
