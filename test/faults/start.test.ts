import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {namespaceTest} from '../helpers/namespace.js';
import {programCommand, Running, runToEnd} from '../helpers/netmon.js';
import {RecordingRuntime, scratchFolder} from '../helpers/runtime.js';
import {StandIn} from './stand-in.js';

const programs = [
	{what: 'is missing', program: undefined, says: 'is not an executable program'},
	{what: 'is older than 5.5', program: 'ip-of-2018', says: 'is "ip utility, iproute2-ss181023", whose JSON of routes cannot be used'},
	{what: 'is busybox’s', program: 'ip-busybox', says: 'is not iproute2: it says "BusyBox v1.35.0'},
] as const;

for (const {what, program, says} of programs) {
	namespaceTest(
		`an ip that ${what} at the start: exit code 2 before any call, with the name of the program and what to install`,
		async (t, namespace) => {
			const standIn = new StandIn(t, 'ip-busybox');
			standIn.become(program);
			const runtime = new RecordingRuntime();
			t.teardown(() => runtime.close());
			const args = ['watch', '-s', 'sb1', '-r', runtime.path, '--ip', standIn.path, '--state-dir', runtime.stateDir];
			const {code, stderr} = await runToEnd(namespace.command(...programCommand('netmon', args)));
			t.is(code, 2, stderr);
			t.true(stderr.includes(standIn.path) && stderr.includes(says), stderr);
			t.true(stderr.includes('Install iproute2 5.5 or later, or name its program with --ip PATH.'), stderr);
			t.deepEqual(runtime.calls, []);
			t.false(existsSync(`${runtime.stateDir}/sb1/netmon.lock`));
		},
	);
}

namespaceTest('in a working directory that was removed it watches, and names what it cannot find there', async (t, namespace) => {
	const folder = scratchFolder();
	t.teardown(folder.close);
	const script = 'mkdir "$1"; cd "$1"; rmdir "$1"; shift; exec "$@"';
	const gone = (...args: readonly string[]): [string, string[]] => {
		return namespace.command('/bin/sh', ['-c', script, 'sh', join(folder.path, 'gone'), ...programCommand('netmon', [...args]).flat()]);
	};
	for (const [args, says] of [
		[['--', './hook'], '"./hook" is not an executable program'],
		[['--journal', 'folder'], 'cannot write the journal folder: '],
	] as const) {
		const {code, stderr} = await runToEnd(gone('watch', ...args));
		t.is(code, 2, stderr);
		t.true(stderr.includes(says), stderr);
	}
	const netmon = new Running(gone('watch', '--log-level', 'info', '--', '/bin/true'));
	t.teardown(() => netmon.child.kill('SIGKILL'));
	await netmon.watching();
	t.is(await netmon.stop(), 0);
});
