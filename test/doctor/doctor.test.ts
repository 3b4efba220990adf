import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {degradedIp} from '../helpers/degraded-ips.js';
import {namespaceTest} from '../helpers/namespace.js';
import {programCommand, root, runToEnd} from '../helpers/netmon.js';
import {scratchFolder} from '../helpers/runtime.js';
import {waitFor} from '../helpers/wait.js';

const doctor = (...args: string[]) => programCommand('netmon', ['doctor', '--state-dir', '/tmp', ...args]);

namespaceTest('doctor finds all well where all is, and leaves nothing running', async (t, namespace) => {
	const {code, stdout, stderr} = await runToEnd(namespace.command(...doctor('-r', '/bin/true', '--family', 'all')));
	t.is(code, 0, stderr);
	t.regex(stdout, /^ok {4}ip +\/\S+, ip utility, iproute2\S+/m);
	for (const what of ['node', 'namespace', 'links', 'routes', 'batch', 'monitor', 'runtime'])
		t.regex(stdout, new RegExp(`^ok +${what} `, 'm'));
	// Those that were killed may still be ending.
	await waitFor('the end of what it started', () => namespace.processes().length === 0);
});

const program = (name: string) => join(root, 'test/fixtures/programs', name);

for (const [what, args, line] of [
	[
		'busybox',
		['--ip', program('ip-busybox')],
		/^fail {2}ip +\S+ is not iproute2: it says "BusyBox v1\.35\.0 .*"\. Install iproute2 5\.5 or later/m,
	],
	[
		'iproute2 4.19',
		['--ip', program('ip-of-2018')],
		/^fail {2}ip +\S+ is "ip utility, iproute2-ss181023", whose JSON of routes cannot be used\./m,
	],
	[
		'no ip',
		['--ip', '/nowhere/ip'],
		/^fail {2}ip +"\/nowhere\/ip" is not an executable program: there is no such file\. Install iproute2 5\.5/m,
	],
	['no such namespace', ['--netns', 'nope'], /^fail {2}namespace +there is no network namespace "nope"/m],
	[
		'no such runtime',
		['-r', '/nowhere/runtime'],
		/^fail {2}runtime +"\/nowhere\/runtime" is not an executable program: there is no such file\./m,
	],
] as const) {
	namespaceTest(`doctor: ${what} is a failure, one line says how to fix it, and exit code 2`, async (t, namespace) => {
		const {code, stdout} = await runToEnd(namespace.command(...doctor(...args)));
		t.is(code, 2);
		t.regex(stdout, line);
	});
}

namespaceTest('doctor: an ip without a batch is a warning, and exit code 0', async (t, namespace) => {
	const {code, stdout} = await runToEnd(namespace.command(...doctor('--ip', degradedIp('no-batch'), '--json')));
	t.is(code, 0);
	const {usable, findings} = JSON.parse(stdout);
	t.true(usable);
	t.like(
		findings.find(({what}: {what: string}) => what === 'batch'),
		{level: 'warn', detail: 'ip -batch does not answer, so each question needs a process of its own'},
	);
});

namespaceTest('doctor: a monitor that ends is a failure, with what it said', async (t, namespace) => {
	const folder = scratchFolder();
	t.teardown(folder.close);
	const ip = join(folder.path, 'ip');
	writeFileSync(ip, '#!/bin/sh\ncase "$*" in *monitor*) echo no netlink here >&2; exit 1 ;; esac\nexec ip "$@"\n', {mode: 0o755});
	const {code, stdout} = await runToEnd(namespace.command(...doctor('--ip', ip)));
	t.is(code, 2);
	t.regex(stdout, /^fail {2}monitor +ip monitor ended: exit code 1: no netlink here\. /m);
});
