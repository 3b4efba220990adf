const {isUtf8} = require('node:buffer');
const {spawn} = require('node:child_process');
const {closeSync, existsSync, openSync, readFileSync} = require('node:fs');
const {constants} = require('node:os');
const {join} = require('node:path');

const environment = '/proc/self/environ';
const needed = ['/bin/sh', join(__dirname, 'init.sh'), environment];

/** The number of prctl(2). Without it python3 is asked, which knows it. */
const prctl = {x64: 157, arm64: 167}[process.arch] ?? -1;

/** The exit code of one that cannot do it: netmon has no such code. */
const cannot = 125;

/**
 * Programs that are given all orphans below them (36: PR_SET_CHILD_SUBREAPER), and then become a shell, which keeps that. Its environment
 * comes from descriptor 3: Node would change bytes that are no UTF-8, and python3 sets LC_CTYPE.
 */
const subreapers = [
	[
		'perl',
		'-e',
		`syscall(${prctl}, 36, 1, 0, 0, 0) == 0 or exit ${cannot};
		open E, "<&=3"; $/ = undef; %ENV = map /(.*?)=(.*)/s, split /\\0/, <E>;
		exec "/bin/sh", @ARGV or exit ${cannot}`,
	],
	[
		'python3',
		'-ISc',
		`try:
	import ctypes, os, sys
	if ctypes.CDLL(None).prctl(36, 1, 0, 0, 0) == 0:
		entries = open(3, "rb").read().split(b"\\0")
		os.execve("/bin/sh", ["sh", *sys.argv[1:]], dict(entry.split(b"=", 1) for entry in entries if b"=" in entry))
except Exception: pass
raise SystemExit(${cannot})`,
	],
];

const signals = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGABRT', 'SIGUSR1', 'SIGTERM'];

/**
 * As process 1: lets a shell start this program, and reap what its calls leave behind, which Node does not. The shell takes the place of
 * this process. If this Node cannot do that, it runs below it, given its orphans by the kernel.
 *
 * @param start starts netmon in this process if there is no other way
 */
exports.startUnderInit = (start) => {
	if (!needed.every(existsSync)) return start();
	const command = [needed[1], process.execPath, ...process.execArgv, ...process.argv.slice(1)];
	if (process.execve !== undefined && isUtf8(readFileSync(environment))) process.execve('/bin/sh', ['sh', ...command]);
	let child;
	const passOn = (signal) => child.kill(signal);
	// Before the child is there: the kernel drops what process 1 does not listen to (pid_namespaces(7)).
	for (const signal of signals) process.on(signal, passOn);
	tryNext(subreapers);

	function tryNext([subreaper, ...others]) {
		if (subreaper === undefined) {
			for (const signal of signals) process.off(signal, passOn);
			return start();
		}
		const descriptor = openSync(environment);
		// In a session of its own: Ctrl-C reaches netmon once, by this process.
		const [file, ...args] = [...subreaper, ...command];
		child = spawn(file, args, {detached: true, stdio: ['inherit', 'inherit', 'inherit', descriptor]});
		closeSync(descriptor);
		child.on('error', () => child.pid === undefined && tryNext(others));
		child.on('exit', (code, signal) => (code === cannot ? tryNext(others) : process.exit(code ?? 128 + constants.signals[signal])));
	}
};
