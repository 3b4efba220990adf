import {execFileSync} from 'node:child_process';
import {rmSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {namespaceTest} from '../helpers/namespace.js';
import {sandboxCount} from '../helpers/neighbours.js';
import {programCommand, type Running, root, runToEnd, startWatch} from '../helpers/netmon.js';
import {scratchFolder, writeInOneStep} from '../helpers/runtime.js';
import {waitFor} from '../helpers/wait.js';
import {guestAfter} from './consumer.js';
import {makeLink} from './links.js';
import {logLines, stateOf, untilLogged} from './log-lines.js';
import {childrenOf, isAlive, killAll, monitorOf} from './processes.js';

// Story 30: EMFILE, ENFILE, ENOMEM, ETXTBSY at a spawn ended the daemon.

/** While it is on, no process can be started. */
function shortage(t: ExecutionContext<unknown>) {
	const folder = scratchFolder();
	t.teardown(folder.close);
	const file = join(folder.path, 'shortage');
	return {
		env: {NODE_OPTIONS: `--require=${root}test/fixtures/programs/fail-to-start.cjs`, FAIL_TO_START: file},
		begin: (how: string) => writeInOneStep(file, how),
		end: () => rmSync(file),
	};
}

/** Ends all children. One that was about to start when the shortage began may come a little later. */
function endChildren(netmon: Running): Promise<true> {
	return waitFor('the end of all children', () => {
		const children = childrenOf(netmon.pid, /./);
		killAll(children);
		return children.length === 0;
	});
}

const notStarted = /cannot start \S+: /;

for (const how of [
	'EMFILE without-streams',
	'ENFILE without-streams',
	'EAGAIN reported',
	'EACCES reported',
	'ENOENT reported',
	'ENOMEM thrown',
	'ETXTBSY thrown',
]) {
	for (const without of ['', 'batch']) {
		const questions = without === '' ? 'a batch' : 'a process for each question';
		namespaceTest(
			`no process can be started (${how}, ${questions}): it goes on, logs that once for each place, and tells everything when the shortage ends`,
			async (t, namespace) => {
				const lack = shortage(t);
				makeLink(namespace, 'a0', 1);
				const {netmon, runtime} = await startWatch(t, namespace, {
					env: {...lack.env, NETMON_WITHOUT: without},
					args: ['--interval', '500ms'],
					logLevel: 'debug',
				});
				makeLink(namespace, 'b0', 2);
				await runtime.until('b0', (calls) => guestAfter(calls).interfaces.includes('b0'));
				lack.begin(how);
				// The batch and its spare, the monitor, the shell that waits for a call: each has to be replaced.
				await endChildren(netmon);
				namespace.ip('link del a0');
				await untilLogged(netmon, 'cannot read the namespace, keeping the last snapshot', 3);
				await untilLogged(netmon, 'monitor ended', 4);
				t.true(isAlive(netmon.pid));
				t.false(runtime.calls.some(({op}) => op === 'del-iface'));
				lack.end();
				await runtime.until('the end of a0', (calls) => calls.some(({op, text}) => op === 'del-iface' && text.includes('"a0"')));
				await waitFor('a monitor', async () => (await stateOf(netmon))['monitorUp'] === true);
				const warned = (message: string) =>
					logLines(netmon, message).filter(({level, reason}) => level === 'warn' && notStarted.test(String(reason)));
				t.true(warned('cannot read the namespace, keeping the last snapshot').length <= 1, netmon.stderr);
				t.true(warned('monitor ended').length <= 1, netmon.stderr);
				t.is(await netmon.stop(), 0);
			},
		);
	}

	namespaceTest(`a call whose process cannot be started (${how}) is retried, and logged once`, async (t, namespace) => {
		const lack = shortage(t);
		const {netmon, runtime} = await startWatch(t, namespace, {env: lack.env, args: ['--interval', '10m'], logLevel: 'debug'});
		makeLink(namespace, 'a0', 1);
		await runtime.until('a0', (calls) => guestAfter(calls).interfaces.includes('a0') && calls.at(-1)?.op === 'update-routes');
		// The process of a call that runs looks like a shell that waits for one.
		await untilLogged(netmon, 'runtime was told', 2);
		// What the question needs is there; the shell that waits for the call dies, and those of any neighbours.
		const shells = await waitFor('a shell that waits for each sandbox', () => {
			const found = childrenOf(netmon.pid, /^\/bin\/sh .*kata-network/);
			return found.length >= sandboxCount ? found : undefined;
		});
		lack.begin(how);
		killAll(shells);
		namespace.ip('route add 10.10.0.0/16 via 10.100.1.1');
		const held = 'runtime call failed, it is held back';
		await untilLogged(netmon, held, 3, ({reason}) => notStarted.test(String(reason)));
		lack.end();
		await runtime.until('the route', (calls) => calls.at(-1)?.text.includes('10.10.0.0/16') === true);
		t.is(logLines(netmon, held).filter(({level, reason}) => level === 'warn' && notStarted.test(String(reason))).length, 1, netmon.stderr);
		t.is(await netmon.stop(), 0);
	});
}

namespaceTest('no descriptor is left for a while (case 11): it goes on, and what was deleted meanwhile is told', async (t, namespace) => {
	makeLink(namespace, 'a0', 1);
	const {netmon, runtime} = await startWatch(t, namespace, {args: ['--interval', '500ms']});
	await runtime.until('nothing', () => true);
	execFileSync('prlimit', ['--pid', String(netmon.pid), '--nofile=20:4096']);
	process.kill(await monitorOf(netmon), 'SIGKILL');
	namespace.ip('link del a0');
	await untilLogged(netmon, 'monitor ended', 1, ({reason}) => notStarted.test(String(reason)));
	execFileSync('prlimit', ['--pid', String(netmon.pid), '--nofile=4096:4096']);
	await runtime.until('the end of a0', (calls) => calls.some(({op, text}) => op === 'del-iface' && text.includes('"a0"')));
	await waitFor('a monitor', async () => (await stateOf(netmon))['monitorUp'] === true);
	t.is(await netmon.stop(), 0);
});

for (const how of ['EMFILE without-streams', 'EAGAIN reported', 'ENOMEM thrown']) {
	namespaceTest(`a shortage at the start (${how}) that ends within a second is waited out`, async (t, namespace) => {
		const lack = shortage(t);
		lack.begin(`${how} 800`);
		const {netmon} = await startWatch(t, namespace, {env: lack.env});
		t.is(await netmon.stop(), 0);
	});

	for (const command of [['snapshot'], ['doctor', '--state-dir', '/tmp']]) {
		namespaceTest(
			`netmon ${command[0]}: no process can be started (${how}) is exit code 2 and a line that says so`,
			async (t, namespace) => {
				const lack = shortage(t);
				lack.begin(how);
				const {code, stdout, stderr} = await runToEnd(namespace.command(...programCommand('netmon', command)), lack.env);
				t.is(code, 2, stderr);
				t.regex(stdout + stderr, new RegExp(`cannot start \\S+: ${how.split(' ')[0]}`));
				if (command[0] === 'snapshot') t.regex(stderr, /\nRaise the limits of descriptors and processes/);
				t.notRegex(stdout + stderr, /\n\s+at /);
			},
		);
	}
}
