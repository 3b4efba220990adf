import {existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {namespaceTest} from '../helpers/namespace.js';
import {programCommand, runToEnd, type Started, startWatch, testIp} from '../helpers/netmon.js';
import {RecordingRuntime, removeFolder, scratchFolder} from '../helpers/runtime.js';
import {waitFor} from '../helpers/wait.js';
import {guestAfter} from './consumer.js';
import {hwaddrOf, makeLink} from './links.js';
import {failed, untilLogged} from './log-lines.js';
import {makeMounts, type TestMounts} from './mounts.js';

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

function runtimeOf(t: ExecutionContext<unknown>): RecordingRuntime {
	const runtime = new RecordingRuntime();
	t.teardown(() => runtime.close());
	return runtime;
}

async function guestHas({runtime}: Started, ...interfaces: readonly string[]): Promise<void> {
	await runtime.until(interfaces.join(), (calls) => {
		const guest = guestAfter(calls, [{name: 'a0', hwaddr: hwaddrOf(1)}]);
		return guest.interfaces.join() === interfaces.join() && calls.at(-1)?.op === 'update-routes';
	});
}

/**
 * Waits until no call is running and the state is saved.
 *
 * @param mounts where the state directory is mounted; undefined: everywhere
 */
async function idle({runtime}: Started, mounts?: TestMounts): Promise<void> {
	const folder = join(runtime.stateDir, 'sb1');
	await waitFor('nothing to be under way', () => {
		const files = mounts === undefined ? readdirSync(folder) : mounts.run('ls', ['-A', folder]).split('\n').slice(0, -1);
		return (
			runtime.succeeded === runtime.calls.length &&
			files.includes('announced.json') &&
			files.every((file) => file === 'announced.json' || file === 'netmon.lock')
		);
	});
}

for (const umask of ['000', '022', '077']) {
	namespaceTest(`umask ${umask}: files have mode 640, directories 750`, async (t, namespace) => {
		const runtime = runtimeOf(t);
		const masked = {
			...namespace,
			command: (file: string, args: readonly string[]) => namespace.command('sh', ['-c', `umask ${umask}; exec "$@"`, 'sh', file, ...args]),
		};
		const {netmon} = await startWatch(t, masked, {runtime});
		makeLink(namespace, 'a0', 1);
		const calls = await runtime.until('a0', (all) => all.at(-1)?.op === 'update-routes');
		t.deepEqual([...new Set(calls.map((call) => call.mode))], ['640']);
		t.is(mode(runtime.stateDir), '750');
		t.is(mode(join(runtime.stateDir, 'sb1')), '750');
		t.is(mode(join(runtime.stateDir, 'sb1/netmon.lock')), '640');
		t.is(await netmon.stop(), 0);
		t.is(mode(join(runtime.stateDir, 'sb1/announced.json')), '640');
	});
}

namespaceTest(
	'shared.json is never written through a symbolic link, whether it is there at the start or comes later',
	async (t, namespace) => {
		const runtime = runtimeOf(t);
		const folder = join(runtime.stateDir, 'sb1');
		const victim = join(runtime.folder, 'victim');
		const nowhere = join(runtime.folder, 'nowhere');
		writeFileSync(victim, 'untouched');
		mkdirSync(folder, {recursive: true});
		const shared = join(folder, 'shared.json');
		symlinkSync(victim, shared);
		const started = await startWatch(t, namespace, {runtime});
		await started.fence();
		for (const [number, target] of [victim, nowhere].entries()) {
			await idle(started);
			symlinkSync(target, shared);
			makeLink(namespace, `b${number}`, 2 + number);
			// Between an add and its routes nothing is under way for a moment.
			await runtime.until(
				'its add, then the routes',
				(calls) => guestAfter(calls).interfaces.includes(`b${number}`) && calls.at(-1)?.op === 'update-routes',
			);
		}
		t.is(await started.netmon.stop(), 0);
		t.is(readFileSync(victim, 'utf8'), 'untouched');
		t.false(existsSync(nowhere));
		t.deepEqual([...new Set(runtime.calls.map((call) => call.mode))], ['640']);
	},
);

namespaceTest(
	'a directory in the place of shared.json is a clear error at the start, and one that is retried later',
	async (t, namespace) => {
		const runtime = runtimeOf(t);
		const shared = join(runtime.stateDir, 'sb1/shared.json');
		mkdirSync(shared, {recursive: true, mode: 0o750});
		const args = ['watch', '-s', 'sb1', '-r', runtime.path, '--state-dir', runtime.stateDir];
		const {code, stderr} = await runToEnd(namespace.command(...programCommand('netmon', args)));
		t.is(code, 2, stderr);
		t.true(stderr.startsWith(`Error: cannot remove ${shared}: `), stderr);
		t.deepEqual(readdirSync(join(runtime.stateDir, 'sb1')), ['shared.json'], 'the lock is gone');
		rmdirSync(shared);
		makeLink(namespace, 'a0', 1);
		const started = await startWatch(t, namespace, {runtime});
		mkdirSync(shared);
		namespace.ip('link del a0');
		const lines = await untilLogged(started.netmon, failed, 2);
		t.true(String(lines[0]?.['reason']).startsWith(`cannot write ${shared}: `), String(lines[0]?.['reason']));
		t.deepEqual(runtime.calls, []);
		rmdirSync(shared);
		await guestHas(started);
		t.is(await started.netmon.stop(), 0);
	},
);

namespaceTest('a state directory that is removed while netmon runs is made again', async (t, namespace) => {
	makeLink(namespace, 'a0', 1);
	const started = await startWatch(t, namespace);
	const {stateDir} = started.runtime;
	// netmon may write there at this moment.
	removeFolder(stateDir);
	makeLink(namespace, 'a1', 2);
	await guestHas(started, 'a0', 'a1');
	await idle(started);
	t.is(mode(join(stateDir, 'sb1')), '750');
	const second = programCommand('kata-netmon', ['-s', 'sb1', '-r', started.runtime.path]);
	const {code, stderr} = await runToEnd(namespace.command(...second), {NETMON_STATE_DIR: stateDir, ...testIp});
	t.is(code, 2, 'its lock has been made again too');
	t.true(stderr.includes(`another netmon, pid ${started.netmon.pid}, `), stderr);
	removeFolder(stateDir);
	t.is(await started.netmon.stop(), 0);
	t.deepEqual(readdirSync(join(stateDir, 'sb1')), ['announced.json'], 'the next start needs it');
});

namespaceTest(
	'a full disk delays calls and loses nothing; nothing half-written is left, and a start says what is wrong',
	async (t, namespace) => {
		const runtime = runtimeOf(t);
		mkdirSync(runtime.stateDir);
		const mounts = await makeMounts(t, namespace);
		mounts.sh(`mount -t tmpfs -o size=64k,mode=755 none ${runtime.stateDir}`);
		const fill = () => mounts.sh(`cat /dev/zero >${runtime.stateDir}/fill 2>&1 || :`);
		makeLink(namespace, 'a0', 1);
		const started = await startWatch(t, mounts, {runtime});
		await idle(started, mounts);
		fill();
		makeLink(namespace, 'a1', 2);
		const lines = await untilLogged(started.netmon, failed, 3);
		t.true(
			lines.every(({reason}) => /no space left on device/.test(String(reason))),
			JSON.stringify(lines),
		);
		t.deepEqual(runtime.calls, []);
		mounts.sh(`rm ${runtime.stateDir}/fill`);
		await guestHas(started, 'a0', 'a1');
		await idle(started, mounts);
		// Two pages are left: enough to record a call, but not for a list of routes.
		fill();
		mounts.sh(`truncate -s -8k ${runtime.stateDir}/fill`);
		namespace.batch([...Array(200).keys()].map((number) => `route add 10.9.${number}.0/24 via 10.100.1.1`));
		await untilLogged(started.netmon, failed, 2, ({op}) => op === 'update-routes');
		started.netmon.child.kill('SIGKILL');
		await started.netmon.exited;
		t.true((guestAfter(runtime.calls).routes?.length ?? 0) < 200, 'what was sent could be written, and is whole');
		fill();
		mounts.sh(`rm -f ${runtime.stateDir}/sb1/call.json*; cat /dev/zero >>${runtime.stateDir}/fill 2>&1 || :`);
		const args = ['watch', '-s', 'sb1', '-r', runtime.path, '--state-dir', runtime.stateDir];
		const {code, stderr} = await runToEnd(mounts.command(...programCommand('netmon', args)));
		t.is(code, 2, stderr);
		t.regex(stderr, /cannot write in .*no space left on device/i);
		mounts.sh(`rm ${runtime.stateDir}/fill`);
		const again = await startWatch(t, mounts, {runtime});
		await runtime.until('the routes', (calls) => guestAfter(calls).routes?.length === 200);
		t.is(await again.netmon.stop(), 0);
	},
);

namespaceTest('a state directory that becomes read-only delays calls, and a start in it says what is wrong', async (t, namespace) => {
	const runtime = runtimeOf(t);
	mkdirSync(runtime.stateDir);
	const mounts = await makeMounts(t, namespace);
	mounts.sh(`mount -t tmpfs -o mode=755 none ${runtime.stateDir}`);
	makeLink(namespace, 'a0', 1);
	const started = await startWatch(t, mounts, {runtime});
	// The kernel refuses while a file is open for writing (EBUSY, mount(2)).
	await idle(started, mounts);
	mounts.sh(`mount -o remount,bind,ro ${runtime.stateDir}`);
	namespace.ip('link del a0');
	const lines = await untilLogged(started.netmon, failed, 3);
	t.true(
		lines.every(({reason}) => /read-only file system/.test(String(reason))),
		JSON.stringify(lines),
	);
	t.deepEqual(runtime.calls, []);
	for (const sandbox of ['sb1', 'sb2']) {
		const args = ['watch', '-s', sandbox, '-r', runtime.path, '--state-dir', runtime.stateDir];
		const {code, stderr} = await runToEnd(mounts.command(...programCommand('netmon', args)));
		t.is(code, 2, stderr);
		t.regex(stderr, /^Error: cannot .*read-only file system.*\n.*--state-dir/);
	}
	mounts.sh(`mount -o remount,bind,rw ${runtime.stateDir}`);
	await guestHas(started);
	await idle(started, mounts);
	mounts.sh(`mount -o remount,bind,ro ${runtime.stateDir}`);
	t.is(await started.netmon.stop(), 0, 'though it cannot remove its lock');
});

for (const program of ['netmon', 'kata-netmon'] as const) {
	namespaceTest(
		`${program}: a sandbox id that could name anything but its own directory exits with 1, and nothing is made`,
		async (t, namespace) => {
			const runtime = runtimeOf(t);
			const {path: folder, close} = scratchFolder();
			t.teardown(close);
			for (const id of ['../../x', '/x', 'a/b', '.', '..', '.hidden', '_a', 'a b', 'a\n', 'ä']) {
				const args = [...(program === 'netmon' ? ['watch'] : []), '-s', id, '-r', runtime.path];
				const {code, stderr} = await runToEnd(namespace.command(...programCommand(program, args)), {NETMON_STATE_DIR: join(folder, 'a/b')});
				t.is(code, 1, id);
				t.true(stderr.startsWith('Error: invalid sandbox id '), stderr);
				t.deepEqual(readdirSync(folder), []);
			}
		},
	);
}
