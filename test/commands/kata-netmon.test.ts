import {chmodSync, cpSync, readdirSync, readFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import test from 'ava';
import {goDefaults} from '../../src/options/go-flags.js';
import {namespaceTest} from '../helpers/namespace.js';
import {programCommand, Running, root, runToEnd, startWatch, testIp} from '../helpers/netmon.js';
import {RecordingRuntime, scratchFolder} from '../helpers/runtime.js';
import {vethPair} from '../helpers/story.js';

const {version}: {version: string} = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => runToEnd(programCommand('kata-netmon', args), env);

interface Refusal {
	readonly args: readonly string[];
	readonly code: number;
	readonly stderr: string;
}

const noSandbox = `Error: sandbox id is empty, one must be provided\n${goDefaults}`;
const noRuntime = `Error: runtime path is empty, one must be provided\n${goDefaults}`;
const usage = (message: string) => `${message}\nUsage of kata-netmon:\n${goDefaults}`;

const refusals: readonly Refusal[] = [
	{args: [], code: 1, stderr: noSandbox},
	{args: ['-r', '/bin/true'], code: 1, stderr: noSandbox},
	{args: ['-s=', '-r', '/bin/true'], code: 1, stderr: noSandbox},
	{args: ['-s', 'sb1'], code: 1, stderr: noRuntime},
	{args: ['--s=sb1', '--r='], code: 1, stderr: noRuntime},
	{args: ['--', '-s', 'sb1', '-r', '/bin/true'], code: 1, stderr: noSandbox},
	{args: ['-zzz'], code: 2, stderr: usage('flag provided but not defined: -zzz')},
	{args: ['--zzz=1'], code: 2, stderr: usage('flag provided but not defined: -zzz')},
	{args: ['-s'], code: 2, stderr: usage('flag needs an argument: -s')},
	{args: ['-s', 'sb1', '--r'], code: 2, stderr: usage('flag needs an argument: -r')},
	{args: ['-s', 'sb1', '-r', '/bin/true', '-log'], code: 2, stderr: usage('flag needs an argument: -log')},
	{args: ['-d=maybe'], code: 2, stderr: usage('invalid boolean value "maybe" for -d: parse error')},
	{args: ['---s', 'sb1'], code: 2, stderr: usage('bad flag syntax: ---s')},
	{args: ['-s', 'sb1', '-r', '/bin/true', '-log', 'loud'], code: 1, stderr: 'Error: not a valid logrus Level: "loud"\n'},
];

for (const {args, code, stderr} of refusals) {
	test.serial(`kata-netmon ${args.join(' ') || 'without arguments'} exits ${code}: ${stderr.split('\n', 1)[0]}`, async (t) => {
		t.deepEqual(await run(args), {code, stdout: '', stderr});
	});
}

test.serial('sandbox and runtime are taken from the command line only, as the original takes them', async (t) => {
	t.deepEqual(await run([], {NETMON_SANDBOX: 'sb1', NETMON_RUNTIME: '/bin/true'}), {code: 1, stdout: '', stderr: noSandbox});
});

for (const flag of ['-v', '--v', '-version', '--version', '-version=true']) {
	test.serial(`kata-netmon ${flag} prints the version and exits 0`, async (t) => {
		t.deepEqual(await run([flag]), {code: 0, stdout: `kata-netmon version ${version}\n`, stderr: ''});
	});
}

for (const flag of ['-h', '--h', '-help', '--help', '-h=1']) {
	test.serial(`kata-netmon ${flag} prints the description and the flags, and exits 0`, async (t) => {
		const {code, stdout, stderr} = await run([flag, '-s', 'sb1']);
		t.deepEqual([code, stderr], [0, '']);
		t.regex(stdout, /^\nkata-netmon is a network monitoring process/);
		t.true(stdout.endsWith(`\n\n${goDefaults}`));
	});
}

/** Go's spellings of one command line: all of them start the same watch. */
const spellings: readonly (readonly [string, (runtime: string) => string[]])[] = [
	['-s ID -r PATH -log info', (runtime) => ['-s', 'sb1', '-r', runtime, '-log', 'info']],
	['--s ID --r PATH --log info', (runtime) => ['--s', 'sb1', '--r', runtime, '--log', 'info']],
	['-s=ID -r=PATH -log=info', (runtime) => ['-s=sb1', `-r=${runtime}`, '-log=info']],
	['--s=ID --r=PATH --log=info', (runtime) => ['--s=sb1', `--r=${runtime}`, '--log=info']],
	['-r PATH -s ID -d -log debug, as kata-runtime starts it', (runtime) => ['-r', runtime, '-s', 'sb1', '-d', '-log', 'debug']],
	['-r PATH -s ID -d', (runtime) => ['-r', runtime, '-s', 'sb1', '-d']],
	['-s ID -r PATH -log INFO -- -zzz', (runtime) => ['-s', 'sb1', '-r', runtime, '-log', 'INFO', '--', '-zzz']],
];

for (const [title, spell] of spellings) {
	namespaceTest(`kata-netmon ${title} watches the namespace that it is in`, async (t, namespace) => {
		const runtime = new RecordingRuntime();
		t.teardown(() => runtime.close());
		const [file, rest] = programCommand('kata-netmon', spell(runtime.path));
		const netmon = new Running(namespace.command(file, rest), {NETMON_STATE_DIR: runtime.stateDir, ...testIp});
		t.teardown(() => void netmon.child.kill('SIGKILL'));
		await netmon.watching();
		namespace.batch(vethPair('v0', '10.1.0.2/24'));
		const [call] = await runtime.until('the add', (calls) => calls.length >= 1);
		t.deepEqual(call?.args, ['kata-network', 'add-iface', 'sb1', `${runtime.stateDir}/sb1/shared.json`]);
		t.is(await netmon.stop(), 0);
		// The line about the call, after it has ended: the runtime has logged when it began.
		t.is(netmon.stderr.includes('"level":"debug"'), title.includes('-d'));
		t.is(netmon.stdout, '', 'nothing reads its stdout');
	});
}

namespaceTest('kata-netmon starts without a syslog', async (t, namespace) => {
	const runtime = new RecordingRuntime();
	t.teardown(() => runtime.close());
	const [file, rest] = programCommand('kata-netmon', ['-s', 'sb1', '-r', runtime.path, '-log', 'info']);
	// If there is one, it is hidden from netmon.
	const hide = '[ ! -e /dev/log ] || mount --bind /dev/null /dev/log; exec "$@"';
	const netmon = new Running(namespace.command('unshare', ['--mount', 'sh', '-c', hide, 'sh', file, ...rest]), {
		NETMON_STATE_DIR: runtime.stateDir,
		...testIp,
	});
	t.teardown(() => void netmon.child.kill('SIGKILL'));
	await netmon.watching();
	t.is(await netmon.stop(), 0);
});

namespaceTest('kata-netmon takes all other options from the environment', async (t, namespace) => {
	const {runtime, netmon} = await startWatch(t, namespace, {
		program: 'kata-netmon',
		env: {NETMON_FAMILY: 'inet6', NETMON_PROFILE: 'kata-1.5', NETMON_ADDRESS_WAIT: '10m'},
	});
	namespace.batch([
		'link add v0 address 02:00:00:00:00:01 type veth peer name p0',
		'link set v0 addrgenmode none',
		// With a link-local address the other end could be the first one to be told, since it has the lower index.
		'link set p0 addrgenmode none',
		'addr add fd00::2/64 dev v0 nodad',
		'link set p0 up',
		'link set v0 up',
	]);
	const [add] = await runtime.until('the add', (calls) => calls.length >= 1);
	t.is(
		add?.text,
		'{"Device":"v0","Name":"v0","IPAddresses":[{"Family":10,"Address":"fd00::2","Mask":"64"}],"Mtu":1500,"HwAddr":"02:00:00:00:00:01","PciAddr":"","LinkType":"veth"}',
	);
	t.is(await netmon.stop(), 0);
});

test.serial('kata-netmon says which variable of its environment is wrong, and exits 1', async (t) => {
	const {code, stdout, stderr} = await run(['-s', 'sb1', '-r', '/bin/true'], {NETMON_ON_CHANGE: 'sometimes'});
	t.deepEqual([code, stdout], [1, '']);
	t.regex(stderr, /^Error: NETMON_ON_CHANGE cannot be "sometimes"\n/);
});

namespaceTest('kata-netmon loads no oclif: it works in a copy of the package that has none', async (t, namespace) => {
	const scratch = scratchFolder();
	t.teardown(() => scratch.close());
	chmodSync(scratch.path, 0o755);
	for (const folder of ['bin', 'dist']) {
		cpSync(join(root, folder), join(scratch.path, folder), {recursive: true, filter: (path) => !basename(path).startsWith('cli.')});
	}
	const maps = readdirSync(join(scratch.path, 'dist')).filter((file) => file.endsWith('.cjs.map'));
	t.true(maps.includes('kata-netmon.cjs.map'));
	t.true(
		sourcesOf(join(root, 'dist/cli.cjs.map')).some((source) => source.includes('/@oclif/')),
		'where it is, it is seen',
	);
	for (const map of maps)
		t.false(
			sourcesOf(join(scratch.path, 'dist', map)).some((source) => source.includes('/@oclif/')),
			map,
		);

	const runtime = new RecordingRuntime();
	t.teardown(() => runtime.close());
	const args = [join(scratch.path, 'bin/kata-netmon.js'), '-s', 'sb1', '-r', runtime.path, '-log', 'info'];
	const netmon = new Running(namespace.command(process.execPath, args), {NETMON_STATE_DIR: runtime.stateDir, ...testIp});
	t.teardown(() => void netmon.child.kill('SIGKILL'));
	await netmon.watching();
	namespace.batch(vethPair('v0', '10.1.0.2/24'));
	await runtime.until('the calls', (calls) => calls.length >= 2);
	t.is(await netmon.stop(), 0);
});

/** The source files that a bundle was made from. */
function sourcesOf(map: string): string[] {
	const {sources}: {sources: string[]} = JSON.parse(readFileSync(map, 'utf8'));
	return sources;
}
