import {readdirSync, readFileSync} from 'node:fs';
import test from 'ava';
import {isSkipped} from '../helpers/namespace.js';
import {Running, root} from '../helpers/netmon.js';
import {scratchFolder} from '../helpers/runtime.js';
import {waitFor} from '../helpers/wait.js';

const declare = isSkipped('npm run demo') ? test.skip : test;

/** Whether a process has this text in its command line. */
function isNamedByProcess(text: string): boolean {
	return readdirSync('/proc').some((entry) => {
		try {
			return /^\d+$/.test(entry) && readFileSync(`/proc/${entry}/cmdline`, 'latin1').includes(text);
		} catch {
			return false;
		}
	});
}

declare('npm run demo prints each call beside what caused it, ends with 0 and leaves nothing behind', async (t) => {
	const scratch = scratchFolder();
	t.teardown(() => scratch.close());
	const demo = new Running(['npm', ['run', '--silent', 'demo', '--prefix', root]], {TMPDIR: scratch.path});
	t.teardown(() => void demo.child.kill('SIGKILL'));
	t.is(await demo.exited, 0, demo.stderr);
	const told = demo.stdout
		.split('\n')
		.filter((line) => /^ {2}\$ |^ {4}(add|del|update)/.test(line))
		.map((line) => line.trim().replace(/\s+/g, ' '));
	const after = (line: string) => told.slice(told.indexOf(line) + 1);
	// On a busy machine they are ready at the same time, and then peer1 comes first: it has the lower index.
	t.true(
		after('$ ip link set peer1 up')
			.slice(0, 2)
			.some((line) => /^add-iface \{"Device":"eth1",.*"10\.1\.0\.2"/.test(line)),
		demo.stdout,
	);
	t.is(
		after('$ ip route add default via 10.1.0.1 dev eth1')[0],
		'update-routes [{"Dest":"","Gateway":"10.1.0.1","Device":"eth1","Source":"","Scope":0}]',
	);
	t.true(told.some((line) => line.startsWith('update-routes 201 routes')));
	t.is(
		after('$ ip route add 10.8.0.0/16 via 10.1.0.1 dev lan0')[0],
		'update-routes [{"Dest":"10.8.0.0/16","Gateway":"10.1.0.1","Device":"eth1","Source":"","Scope":0}]',
	);
	// On a busy machine a look may find the routes gone before the pair: then update-routes is called twice.
	t.deepEqual([...new Set(after('$ ip link del lan0').map((line) => line.split(',')[0]))].sort(), [
		'del-iface {"Device":"eth1"',
		'del-iface {"Device":"peer1"',
		'update-routes []',
	]);
	const [, count] = /\n(\d+) calls in all; netmon ended with 0\.\n$/.exec(demo.stdout) ?? [];
	t.is(Number(count), told.filter((line) => !line.startsWith('$')).length);
	t.deepEqual(
		readdirSync(scratch.path).filter((entry) => entry.startsWith('netmon-demo-')),
		[],
	);
	await waitFor('the end of its processes', () => !isNamedByProcess(scratch.path));
});

declare('story 40: npm run demo | head -5 leaves neither a process nor a folder', async (t) => {
	const scratch = scratchFolder();
	t.teardown(() => scratch.close());
	const piped = 'npm run --silent demo --prefix "$0" | head -n 5';
	const demo = new Running(['sh', ['-c', piped, root]], {TMPDIR: scratch.path});
	t.teardown(() => void demo.child.kill('SIGKILL'));
	await demo.exited;
	t.is(demo.stdout.split('\n').length, 6);
	t.is(demo.stderr, '');
	t.deepEqual(
		readdirSync(scratch.path).filter((entry) => entry.startsWith('netmon-demo-')),
		[],
	);
	await waitFor('the end of its processes', () => !isNamedByProcess(scratch.path));
});

declare('Ctrl-C ends the demo, and it leaves neither a process nor a folder', async (t) => {
	const scratch = scratchFolder();
	t.teardown(() => scratch.close());
	const demo = new Running([process.execPath, [`${root}demo/demo.mjs`]], {TMPDIR: scratch.path});
	t.teardown(() => void demo.child.kill('SIGKILL'));
	await waitFor('its first call', () => demo.stdout.includes('add-iface'));
	demo.child.kill('SIGINT');
	t.is(await demo.exited, 1);
	t.deepEqual(
		readdirSync(scratch.path).filter((entry) => entry.startsWith('netmon-demo-')),
		[],
	);
	await waitFor('the end of its processes', () => !isNamedByProcess(scratch.path));
});
