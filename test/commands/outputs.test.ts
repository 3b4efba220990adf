import {execFileSync, spawn} from 'node:child_process';
import {join} from 'node:path';
import test from 'ava';
import {makeMounts} from '../faults/mounts.js';
import {processesBeside} from '../faults/processes.js';
import {namespaceTest} from '../helpers/namespace.js';
import {programCommand, Running, runToEnd, startWatch, testIp} from '../helpers/netmon.js';
import {RecordingRuntime, scratchFolder} from '../helpers/runtime.js';
import {vethPair} from '../helpers/story.js';
import {waitFor} from '../helpers/wait.js';

const commands: readonly (readonly ['netmon' | 'kata-netmon', ...string[]])[] = [
	['netmon', '--version'],
	['netmon', '--help'],
	['netmon', 'help', 'watch'],
	['netmon', 'snapshot'],
	['netmon', 'snapshot', '--json'],
	['netmon', 'snapshot', '--help'],
	['netmon', 'watch'],
	['netmon', 'watch', '--output', 'ndjson'],
	['netmon', 'doctor'],
	['kata-netmon', '-h'],
	['kata-netmon', '-version'],
];

/** Runs a shell script. Its arguments are a command, and $0 is a scratch path. */
async function inShell(script: string, [program, ...args]: (typeof commands)[number]): ReturnType<typeof runToEnd> {
	const scratch = scratchFolder();
	try {
		const [file, rest] = programCommand(program, args);
		return await runToEnd(['sh', ['-c', script, join(scratch.path, 'fifo'), file, ...rest]], testIp);
	} finally {
		scratch.close();
	}
}

for (const command of commands) {
	test.serial(`story 40: ${command.join(' ')} > /dev/full is one line and exit code 2`, async (t) => {
		const {code, stderr} = await inShell('exec "$@" >/dev/full', command);
		t.is(code, 2);
		t.is(stderr, 'Error: cannot write the output: no space left on device\n');
	});

	test.serial(`story 40: ${command.join(' ')} is silent and ends with 0 where nobody reads it`, async (t) => {
		// It starts after the reader has gone.
		const script = 'mkfifo "$0"; { read -r go <"$0"; "$@"; echo "exit $?" >&2; } | { exec <&-; echo go >"$0"; }';
		const {stderr} = await inShell(script, command);
		t.is(stderr, 'exit 0\n');
	});
}

for (const [args, code] of [
	[['snapshot', '--netns', 'nope'], 2],
	[['nope'], 1],
	[['watch', '--nope'], 1],
] as const) {
	test.serial(`where nobody can read what went wrong, the exit code says it: netmon ${args.join(' ')}`, async (t) => {
		t.is((await inShell('exec "$@" 2>/dev/full', ['netmon', ...args])).code, code);
		t.is((await inShell('mkfifo "$0"; exec 3<>"$0"; exec "$@" 2>"$0" 3<&-', ['netmon', ...args])).code, code);
	});
}

for (const form of ['human', 'ndjson']) {
	namespaceTest(`story 40: netmon watch --output ${form} | head -1 ends in a quiet namespace`, async (t, namespace) => {
		const [file, rest] = programCommand('netmon', ['watch', '--output', form]);
		const pipe = new Running(namespace.command('sh', ['-c', '{ "$@"; echo "exit $?" >&2; } | head -n 1', 'sh', file, ...rest]), testIp);
		t.teardown(() => void pipe.child.kill('SIGKILL'));
		await waitFor('its line', () => pipe.stdout.includes('\n'));
		await waitFor('its end', () => pipe.stderr !== '');
		t.is(pipe.stderr, 'exit 0\n');
		await waitFor('the end of all processes', () => namespace.processes().length === 0);
	});
}

namespaceTest('story 40: an observer whose reader has a socket of it ends in a quiet namespace too', async (t, namespace) => {
	const [file, args] = namespace.command(...programCommand('netmon', ['watch']));
	// What Node calls pipes are sockets.
	const child = spawn(file, args, {stdio: ['ignore', 'pipe', 'inherit'], env: {...process.env, ...testIp}});
	t.teardown(() => child.kill('SIGKILL'));
	await new Promise((resolve) => child.stdout.once('data', resolve));
	child.stdout.destroy();
	await waitFor('its end', () => child.exitCode !== null);
	t.is(child.exitCode, 0);
});

namespaceTest('an observer whose reader stays does not end, though it only listens', async (t, namespace) => {
	const [file, rest] = programCommand('netmon', ['watch']);
	const pipe = new Running(namespace.command('sh', ['-c', '"$@" | cat', 'sh', file, ...rest]), testIp);
	t.teardown(() => void pipe.child.kill('SIGKILL'));
	await waitFor('its line', () => pipe.stdout.includes(' lo '));
	namespace.batch(vethPair('v0', '10.1.0.2/24'));
	await waitFor('the change', () => pipe.stdout.includes('+ v0     #'));
	for (const one of processesBeside(namespace.pid)) {
		const [, pid] = /^(\d+) \S*node \S*run\.js watch$/.exec(one) ?? [];
		if (pid !== undefined) process.kill(Number(pid), 'SIGTERM');
	}
	await pipe.exited;
	t.is(pipe.stderr, '');
});

namespaceTest('story 34: a daemon whose stdout cannot be written says so once, and goes on', async (t, namespace) => {
	const runtime = new RecordingRuntime();
	const args = ['watch', '-s', 'sb1', '-r', runtime.path, '--state-dir', runtime.stateDir, '--output', 'ndjson', '--log-level', 'info'];
	const [file, rest] = programCommand('netmon', args);
	const netmon = new Running(namespace.command('sh', ['-c', 'exec "$@" >/dev/full', 'sh', file, ...rest]), testIp);
	t.teardown(() => {
		netmon.child.kill('SIGKILL');
		runtime.close();
	});
	await netmon.watching();
	for (const dst of ['10.8.0.0/16', '10.9.0.0/16']) {
		namespace.ip(`route add ${dst} dev lo`);
		await runtime.until(dst, (calls) => calls.some(({text}) => text.includes(dst)));
	}
	t.is(await netmon.stop(), 0);
	t.is(netmon.stderr.split('"the output cannot be written, trying again each second"').length, 2, netmon.stderr);
	t.regex(netmon.stderr, /"reason":"ENOSPC/);
});

namespaceTest(
	'story 34: a disk that is full stops no call; output and log go on once there is room, and every line is whole',
	async (t, namespace) => {
		const mounts = await makeMounts(t, namespace);
		const runtime = new RecordingRuntime();
		const scratch = scratchFolder();
		t.teardown(() => {
			runtime.close();
			scratch.close();
		});
		mounts.sh(`mount -t tmpfs -o size=64k none ${scratch.path}`);
		const args = ['watch', '-s', 'sb1', '-r', runtime.path, '--state-dir', runtime.stateDir, '--output', 'ndjson', '--log-level', 'debug'];
		const [file, rest] = programCommand('netmon', args);
		const script = 'out=$0; exec "$@" >>"$out/changes" 2>>"$out/log"';
		const netmon = new Running(mounts.command('sh', ['-c', script, scratch.path, file, ...rest]), testIp);
		t.teardown(() => void netmon.child.kill('SIGKILL'));
		const linesOf = (name: string): Record<string, unknown>[] =>
			mounts
				.sh(`cat ${scratch.path}/${name}`)
				.split('\n')
				.slice(0, -1)
				.map((line) => JSON.parse(line));
		await waitFor('it to watch', () => mounts.sh(`cat ${scratch.path}/log 2>/dev/null || :`).includes('"msg":"watching"'));
		mounts.sh(`cat /dev/zero >${scratch.path}/fill 2>/dev/null || :`);
		const routes = Array.from({length: 50}, (_, n) => `10.9.${n}.0/24`);
		for (const dst of routes) {
			namespace.ip(`route add ${dst} dev lo`);
			await runtime.until(dst, (calls) => calls.some(({text}) => text.includes(`"${dst}"`)));
		}
		t.false(mounts.sh(`cat ${scratch.path}/changes`).includes('"10.9.49.0/24"'));
		mounts.sh(`rm ${scratch.path}/fill; mount -o remount,size=16m none ${scratch.path}`);
		await waitFor('the last', () => mounts.sh(`cat ${scratch.path}/changes`).includes('"10.9.49.0/24"'));
		netmon.child.kill('SIGTERM');
		t.is(await netmon.exited, 0);
		const told = linesOf('changes').filter(({event}) => event === 'route-added');
		t.deepEqual(
			told.map(({route}) => (typeof route === 'object' && route !== null && 'dst' in route ? route.dst : route)),
			routes,
		);
		t.true(linesOf('log').some(({msg}) => msg === 'the output cannot be written, trying again each second'));
		t.true(linesOf('log').some(({msg}) => msg === 'ending'));
	},
);

namespaceTest('story 34: an observer whose disk gets full ends with one line and exit code 2', async (t, namespace) => {
	const mounts = await makeMounts(t, namespace);
	const scratch = scratchFolder();
	t.teardown(() => scratch.close());
	mounts.sh(`mount -t tmpfs -o size=64k none ${scratch.path}`);
	const [file, rest] = programCommand('netmon', ['watch']);
	const netmon = new Running(mounts.command('sh', ['-c', 'out=$0; exec "$@" >"$out/changes"', scratch.path, file, ...rest]), testIp);
	t.teardown(() => void netmon.child.kill('SIGKILL'));
	await waitFor('what is there', () => mounts.sh(`cat ${scratch.path}/changes 2>/dev/null || :`).includes(' lo '));
	namespace.batch(Array.from({length: 2000}, (_, n) => `route add 10.${100 + (n >> 8)}.${n & 255}.0/24 dev lo`));
	t.is(await netmon.exited, 2);
	t.is(netmon.stderr, 'Error: cannot write the output: no space left on device\n');
});

test.serial('a pipe that nobody reads is refused as a recording, because waiting for a reader would delay the watch', async (t) => {
	const scratch = scratchFolder();
	t.teardown(() => scratch.close());
	const path = join(scratch.path, 'fifo');
	execFileSync('mkfifo', [path]);
	const {code, stderr} = await runToEnd(programCommand('netmon', ['watch', '--record', path]), testIp);
	t.is(code, 2);
	t.is(stderr, `Error: cannot write ${path}: it is a pipe\nName another file with --record FILE.\n`);
});

namespaceTest('a recording that cannot be written is logged, and the watch goes on', async (t, namespace) => {
	const mounts = await makeMounts(t, namespace);
	const scratch = scratchFolder();
	t.teardown(() => scratch.close());
	mounts.sh(`mount -t tmpfs -o size=4k,mode=777 none ${scratch.path}; cat /dev/zero >${scratch.path}/fill 2>/dev/null || :`);
	const {netmon, fence} = await startWatch(t, mounts, {args: ['--record', join(scratch.path, 'recording')]});
	await netmon.said('the recording cannot be written, trying again each second');
	await fence();
	t.is(await netmon.stop(), 0);
});

namespaceTest(
	'issue 16: a full disk costs the journal no event: what waits for room is written once there is some',
	async (t, namespace) => {
		const mounts = await makeMounts(t, namespace);
		const scratch = scratchFolder();
		t.teardown(() => scratch.close());
		mounts.sh(`mount -t tmpfs -o size=64k,mode=777 none ${scratch.path}`);
		const [file, rest] = programCommand('netmon', ['watch', '--json', '--log-level', 'error', '--journal', join(scratch.path, 'journal')]);
		const netmon = new Running(mounts.command(file, rest), testIp);
		t.teardown(() => void netmon.child.kill('SIGKILL'));
		await waitFor('what is there', () => netmon.stdout.includes('"event":"ready"'));
		mounts.sh(`cat /dev/zero >${scratch.path}/fill 2>/dev/null || :`);
		const lines = () => mounts.sh(`cat ${scratch.path}/journal/*.ndjson`).split('\n').slice(0, -1);
		// Each batch is a look: what follows the full disk must not be taken as one write.
		for (let count = 0; count < 3; count += 1) {
			const last = `10.9.${count}.0/24`;
			namespace.batch([
				...Array.from({length: 20}, (_, index) => `route add 10.${count}.${index}.0/24 dev lo`),
				`route add ${last} dev lo`,
			]);
			await waitFor(last, () => netmon.stdout.includes(`"${last}"`));
		}
		await waitFor('its complaint', () => netmon.stderr.includes('the journal cannot be written, trying again each second'));
		// What is there is a beginning of what has happened.
		t.true(lines().length < netmon.stdout.split('\n').length - 1);
		t.true(lines().every((line) => netmon.stdout.includes(`${line}\n`)));
		mounts.sh(`rm ${scratch.path}/fill; mount -o remount,size=16m none ${scratch.path}`);
		await waitFor('the last', () => lines().some((line) => line.includes('"10.9.2.0/24"')));
		t.is(lines().join('\n'), netmon.stdout.trimEnd());
		t.is(await netmon.stop(), 0);
	},
);
