import {execFileSync, spawnSync} from 'node:child_process';
import {chmodSync, copyFileSync, existsSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {findProgram} from '../../src/process/find-program.js';
import {asNobody, whyNotNobody} from '../compat/without.js';
import {namespaceTest, namespaceTestIf, type TestNamespace} from '../helpers/namespace.js';
import {programCommand, Running, runToEnd, type Started, startWatch} from '../helpers/netmon.js';
import {RecordingRuntime, scratchFolder} from '../helpers/runtime.js';
import {waitFor} from '../helpers/wait.js';
import {guestAfter} from './consumer.js';
import {makeLink} from './links.js';
import {logLines, stateOf, untilLogged} from './log-lines.js';
import {monitorOf} from './processes.js';

// Story 29, case 10: setpriv without --pdeathsig (RHEL 8, Alpine); a kernel without the nexthop group; an ip with file capabilities.

const searchPath = process.env['PATH'] ?? '';
const pipeSaid = 'no death signal for children, a pipe ends them with netmon';

/** A folder with a program, to put first in PATH. */
function folderWith(t: ExecutionContext<unknown>, name: string, script: string): string {
	const folder = scratchFolder();
	t.teardown(folder.close);
	writeFileSync(join(folder.path, name), `#!/bin/sh\n${script}\n`, {mode: 0o755});
	return folder.path;
}

/** All its processes (the monitor, the batch, a call, a single question) are gone after SIGKILL. */
async function nothingOutlives(t: ExecutionContext<unknown>, namespace: TestNamespace, {netmon, runtime}: Started): Promise<void> {
	makeLink(namespace, 'a0', 1);
	await runtime.until('a0', (calls) => guestAfter(calls).interfaces.includes('a0') && calls.at(-1)?.op === 'update-routes');
	namespace.ip('route add 10.9.0.0/16 via 10.100.1.1');
	runtime.hook('exec sleep 1000');
	await runtime.until('a call that runs', (calls) => calls.at(-1)?.text.includes('10.9.0.0/16') === true);
	t.true(namespace.processes().length >= 3);
	netmon.child.kill('SIGKILL');
	await waitFor('the end of all children', () => namespace.processes().length === 0);
}

const oldSetpriv = 'echo "setpriv: unrecognized option: pdeathsig" >&2\nexit 1';

for (const [what, script] of [
	['of busybox', oldSetpriv],
	['before 2.33', `echo "setpriv: unrecognized option '--pdeathsig'" >&2\necho "Try 'setpriv --help' for more information." >&2\nexit 1`],
] as const) {
	for (const without of ['', 'batch']) {
		namespaceTest(
			`a setpriv ${what} (without '${without}'): it watches, logs that once, restarts nothing, and no child outlives a SIGKILL`,
			async (t, namespace) => {
				const folder = folderWith(t, 'setpriv', script);
				const env = {PATH: `${folder}:${searchPath}`, NETMON_WITHOUT: without};
				const started = await startWatch(t, namespace, {env, args: ['--interval', '10m']});
				await nothingOutlives(t, namespace, started);
				t.is(logLines(started.netmon, pipeSaid).length, 1);
				t.deepEqual(
					logLines(started.netmon).filter(({level, msg}) => level === 'warn' && msg !== pipeSaid),
					[],
				);
			},
		);
	}
}

namespaceTest('a setpriv that disappears after a while is no obstacle', async (t, namespace) => {
	const folder = folderWith(t, 'setpriv', `exec ${findProgram('setpriv', searchPath)} "$@"`);
	const started = await startWatch(t, namespace, {env: {PATH: `${folder}:${searchPath}`}});
	rmSync(join(folder, 'setpriv'));
	process.kill(await monitorOf(started.netmon), 'SIGKILL');
	await untilLogged(started.netmon, 'monitor ended');
	await waitFor('another monitor', async () => (await stateOf(started.netmon))['monitorUp'] === true);
	await nothingOutlives(t, namespace, started);
	t.is(logLines(started.netmon, pipeSaid).length, 1);
});

namespaceTest('doctor: a setpriv without --pdeathsig is the warning, and names the release to install', async (t, namespace) => {
	const folder = folderWith(t, 'setpriv', oldSetpriv);
	const {code, stdout} = await runToEnd(namespace.command(...programCommand('netmon', ['doctor', '--state-dir', '/tmp'])), {
		PATH: `${folder}:${searchPath}`,
	});
	t.is(code, 0, stdout);
	t.regex(stdout, /^warn {2}setpriv .*has no --pdeathsig .*unrecognized option.*Install util-linux 2\.33 or later\./m);
	t.regex(stdout, /^ok {4}monitor/m);
	t.notRegex(stdout, /^(warn|fail) {2}(ip|batch|monitor|links|routes) /m);
});

for (const [what, words] of [
	['the kernel refuses the group', 'echo "Failed to add nexthop group to list" >&2; exit 1'],
	['ip does not know the object', `echo 'Argument "nexthop" is unknown, try "ip monitor help".' >&2; exit 255`],
] as const) {
	namespaceTest(`${what} nexthop: the monitor runs without it, that is logged once, and everything else is told`, async (t, namespace) => {
		const folder = folderWith(t, 'ip', `case "$*" in *monitor*nexthop*) ${words} ;; esac\nexec ${findProgram('ip', searchPath)} "$@"`);
		const started = await startWatch(t, namespace, {env: {NETMON_IP: join(folder, 'ip')}, args: ['--interval', '10m']});
		const {netmon} = started;
		process.kill(await monitorOf(netmon), 'SIGKILL');
		await untilLogged(netmon, 'monitor ended');
		await waitFor('another monitor', async () => (await stateOf(netmon))['monitorUp'] === true);
		t.is(logLines(netmon, 'no events of nexthop objects, the monitor runs without them').length, 1);
		t.is(logLines(netmon, 'monitor ended').length, 1, 'the one that was killed');
		await nothingOutlives(t, namespace, started);
	});
}

/** A copy of ip with file capabilities that its user does not have; the reason if that is not possible. */
function ipWithCapabilities(folder: string): string {
	const path = join(folder, 'ip');
	copyFileSync(findProgram('ip', searchPath) ?? 'ip', path);
	chmodSync(path, 0o755);
	execFileSync('setcap', ['cap_net_admin+ep', path]);
	return path;
}

const whyNoCapabilities: string | undefined = (() => {
	if (whyNotNobody !== undefined) return whyNotNobody;
	const folder = scratchFolder();
	try {
		const path = ipWithCapabilities(folder.path);
		chmodSync(folder.path, 0o755);
		const {status} = spawnSync(...asNobody([path, ['-V']]));
		return status === 0 ? undefined : 'a program with file capabilities cannot be run here';
	} catch (error) {
		return String(error);
	} finally {
		folder.close();
	}
})();

namespaceTestIf(
	whyNoCapabilities,
	'an ip with file capabilities loses its death signal, and still does not outlive a SIGKILL',
	async (t, namespace) => {
		const folder = scratchFolder();
		t.teardown(folder.close);
		chmodSync(folder.path, 0o755);
		const runtime = new RecordingRuntime();
		t.teardown(() => runtime.close());
		chmodSync(runtime.folder, 0o777);
		const own = ['watch', '-s', 'sb1', '-r', runtime.path, '--state-dir', runtime.stateDir, '--log-level', 'info'];
		const [file, args] = asNobody(programCommand('netmon', own));
		const netmon = new Running(namespace.command(file, args), {NETMON_IP: ipWithCapabilities(folder.path)});
		t.teardown(() => netmon.child.kill('SIGKILL'));
		await netmon.said(pipeSaid);
		await netmon.watching();
		await nothingOutlives(t, namespace, {netmon, runtime, fence: async () => undefined, calls: () => []});
		t.is(logLines(netmon, pipeSaid).length, 1);
		const doctor = await runToEnd(namespace.command(...asNobody(programCommand('netmon', ['doctor', '--state-dir', '/tmp']))), {
			NETMON_IP: join(folder.path, 'ip'),
		});
		t.regex(doctor.stdout, /^warn {2}ip .*file capabilities or set-id bits/m);
		t.true(existsSync(runtime.folder));
	},
);
