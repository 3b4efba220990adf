import {execFileSync, spawn} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, rmdirSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {childrenOf} from '../faults/processes.js';
import {isSkipped} from '../helpers/namespace.js';
import {root} from '../helpers/netmon.js';
import {scratchFolder} from '../helpers/runtime.js';
import {waitFor} from '../helpers/wait.js';

/** Boots a systemd of its own, which takes 20 s: `NETMON_TEST_BOOT=1` asks for it (docs/systemd.md). */
const why = !process.env['NETMON_TEST_BOOT']
	? 'systemd is booted only where NETMON_TEST_BOOT asks for it'
	: process.getuid?.() !== 0 || !existsSync('/lib/systemd/systemd')
		? 'systemd cannot be booted here: that takes root and the package systemd'
		: undefined;

type Booted = (script: string) => string;

/** A machine of systemd's own, in which the result runs shell scripts. It ends with the test. */
async function boot(t: ExecutionContext<unknown>): Promise<Booted> {
	const folder = scratchFolder();
	t.teardown(folder.close);
	const hierarchy = / (\S+) cgroup2 /.exec(readFileSync('/proc/mounts', 'utf8'))?.[1] ?? '/sys/fs/cgroup';
	const cgroup = join(hierarchy, `netmon-test-${process.pid}`);
	mkdirSync(cgroup);
	const enter = 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"';
	const namespaces = ['unshare', '--mount', '--pid', '--uts', '--ipc', '--net', '--cgroup', '--fork', '--kill-child'];
	const program = [join(root, 'test/fixtures/programs/boot-systemd.sh'), folder.path, root.replace(/\/$/, ''), process.execPath];
	const machine = spawn('sh', ['-ec', enter, 'sh', cgroup, ...namespaces, ...program], {stdio: ['ignore', 'inherit', 'inherit']});
	const ended = new Promise((resolve) => machine.once('exit', resolve));
	t.teardown(async () => {
		machine.kill('SIGKILL');
		await ended;
		for (const path of cgroupsBelow(cgroup)) await waitFor(`the end of ${path}`, () => attempt(() => rmdirSync(path)));
	});
	const init = await waitFor('systemd', () => childrenOf(machine.pid ?? 0, /systemd --unit=/)[0]);
	const run: Booted = (script) =>
		execFileSync('nsenter', ['--target', String(init), '--all', '--root', '--wd', '--', 'sh', '-ec', script], {
			encoding: 'utf8',
			timeout: 60_000,
		});
	await waitFor('the machine', () => attempt(() => run('systemctl is-active test.target')));
	return run;
}

function attempt(act: () => unknown): boolean {
	try {
		act();
		return true;
	} catch {
		return false;
	}
}

/** Itself last. */
function cgroupsBelow(path: string): string[] {
	const found = execFileSync('find', [path, '-depth', '-type', 'd'], {encoding: 'utf8'});
	return found.split('\n').slice(0, -1);
}

const title = 'under systemd the units get ready, see namespaces come and go, are restarted by the watchdog, and end';
const declare = isSkipped(title, why) ? test.skip : test.serial;

declare(title, async (t) => {
	t.timeout(120_000);
	const run = await boot(t);
	const show = (unit: string, property: string) => run(`systemctl show --value --property=${property} ${unit}`).trim();
	const status = (unit: string, text: string) => waitFor(text, () => show(unit, 'StatusText') === text);
	run('unshare --net setpriv --reuid 65534 --clear-groups sleep infinity >/dev/null 2>&1 &');
	run('systemctl start netmon-host netmon@web');
	await status('netmon-host', 'Watching 2 namespaces: 2 interfaces, 0 routes');
	await status('netmon@web', 'Waiting for the namespace web');
	run('ip netns add web');
	await status('netmon@web', 'Watching web: 1 interface, 0 routes');
	const events = () => run('journalctl -t netmon -o cat --no-pager');
	await waitFor('its host', () => /"netns":"web","event":"namespace-found"[\s\S]*"netns":"web","event":"ready"/.test(events()));
	t.true(run('netmon list').includes('web'));
	run('ip netns del web');
	await status('netmon@web', 'Waiting for the namespace web');
	const warnings = run('journalctl -t netmon -p warning -o cat --no-pager').trim().split('\n');
	t.deepEqual(
		warnings.map((line) => JSON.parse(line).msg),
		['the namespace is gone, waiting for its name'],
	);
	t.regex(run('systemctl show --property=NRestarts netmon-host netmon@web'), /^NRestarts=0\n\nNRestarts=0\n$/);

	run('mkdir -p /run/systemd/system/netmon@web.service.d');
	run('printf "[Service]\\nWatchdogSec=2s\\nRestartSec=100ms\\n" >/run/systemd/system/netmon@web.service.d/watchdog.conf');
	run('systemctl daemon-reload; systemctl restart netmon@web');
	run(`kill -STOP ${show('netmon@web', 'MainPID')}`);
	await waitFor('the watchdog', () => show('netmon@web', 'NRestarts') === '1');
	await status('netmon@web', 'Waiting for the namespace web');

	run('printf "[Service]\\nExecStartPre=netmon doctor\\n" >/run/systemd/system/netmon@web.service.d/doctor.conf');
	run('systemctl daemon-reload; systemctl restart netmon@web');
	t.regex(events(), /^ok +service +netmon@web\.service, Type=notify$/m);

	run('mkdir -p /run/systemd/system/netmon-host.service.d');
	run('printf "[Service]\\nEnvironment=NETMON_JOURNAL=/var/log/netmon\\n" >/run/systemd/system/netmon-host.service.d/journal.conf');
	run('systemctl daemon-reload; systemctl restart netmon-host');
	t.regex(run('netmon log'), / ready +1 interface, 0 routes$/m);

	run('systemctl stop netmon-host netmon@web');
	t.is(run('systemctl list-units --state=failed --plain --no-legend'), '');
	t.is(run('ls /run/netmon'), '');
});
