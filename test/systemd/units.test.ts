import {spawnSync} from 'node:child_process';
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {exitCode} from '../../src/model/errors.js';
import {watchOptions} from '../../src/options/option-table.js';
import {readQuickly} from '../../src/options/quick-arguments.js';
import {checkWatchOptions} from '../../src/options/watch-options.js';
import {namespaceTestIf} from '../helpers/namespace.js';
import {programCommand, Running, root, testIp} from '../helpers/netmon.js';
import {scratchFolder} from '../helpers/runtime.js';
import {reportSkipped} from '../helpers/skipped.js';
import {waitFor} from '../helpers/wait.js';

const folder = join(root, 'systemd');
const units = readdirSync(folder);
const textOf = (unit: string) => readFileSync(join(folder, unit), 'utf8');

/** The values of a setting, in their order. */
function settings(unit: string, name: string): string[] {
	return [...textOf(unit).matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value);
}

const mostExposure = 3;
const whyNoAnalyze =
	spawnSync('systemd-analyze', ['--version']).status === 0 ? undefined : 'there is no systemd-analyze here (package systemd)';

function analyzeTest(title: string, run: (t: ExecutionContext) => void): void {
	if (whyNoAnalyze === undefined) {
		test(title, run);
		return;
	}
	reportSkipped(title, whyNoAnalyze);
	test.skip(title, (t) => t.pass());
}

const analyze = (...args: readonly string[]) =>
	spawnSync('systemd-analyze', args, {encoding: 'utf8', env: {...process.env, SYSTEMD_COLORS: '0'}});

test('the package has a unit for one namespace and one for the host', (t) => {
	t.deepEqual(units, ['netmon-host.service', 'netmon@.service']);
	t.true(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).files.includes('systemd'));
});

for (const unit of units) {
	analyzeTest(`${unit} is what systemd-analyze verify has nothing to say about`, (t) => {
		const {path, close} = scratchFolder();
		t.teardown(close);
		const copy = join(path, unit);
		// systemd looks for it in its own folders, where it is not installed here.
		writeFileSync(copy, textOf(unit).replace('ExecStart=netmon ', `ExecStart=${join(root, 'bin/run.js')} `));
		const {status, stdout, stderr} = analyze('verify', '--man=no', copy);
		t.is(stdout + stderr, '');
		t.is(status, 0);
	});

	analyzeTest(`${unit} is exposed by ${mostExposure}.0 at most, as systemd-analyze security has it`, (t) => {
		const {status, stdout, stderr} = analyze('security', '--offline=true', `--threshold=${mostExposure * 10}`, join(folder, unit));
		t.is(status, 0, stdout + stderr);
		const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1]);
		t.true(exposure > 0 && exposure <= mostExposure, stdout);
	});

	test(`${unit} is started by options that netmon takes`, (t) => {
		const [command = ''] = settings(unit, 'ExecStart');
		const [program, watch, ...args] = command.replace('%I', 'web').split(' ');
		t.deepEqual([program, watch], ['netmon', 'watch']);
		const given = readQuickly(args, watchOptions);
		t.like(given && checkWatchOptions(given, {}), {
			output: 'ndjson',
			...(unit === 'netmon@.service' ? {netns: 'web', follow: true} : {several: {choice: {names: [], patterns: [], all: true}}}),
		});
	});

	test(`${unit} is not started again after a mistake in its command, and is after all else`, (t) => {
		t.deepEqual(settings(unit, 'Restart'), ['always']);
		t.deepEqual(settings(unit, 'RestartPreventExitStatus'), [String(exitCode.usage)]);
		// Five starts within ten seconds are the last (DefaultStartLimitBurst), which something missing would reach otherwise.
		t.true(Number.parseInt(settings(unit, 'RestartSec')[0] ?? '', 10) > 2);
	});

	test(`${unit} listens to systemd-notify, leaves children to netmon and keeps the sockets of other netmons`, (t) => {
		t.like(
			Object.fromEntries(
				['Type', 'NotifyAccess', 'KillMode', 'RuntimeDirectory', 'RuntimeDirectoryPreserve'].map((name) => [name, settings(unit, name)]),
			),
			{
				Type: ['notify'],
				NotifyAccess: ['all'],
				KillMode: ['mixed'],
				RuntimeDirectory: ['netmon'],
				RuntimeDirectoryPreserve: ['yes'],
			},
		);
	});
}

const notRoot = process.getuid?.() === 0 ? undefined : 'only root has the capabilities of a unit';

namespaceTestIf(
	notRoot,
	'the capabilities of netmon-host.service are enough to watch the namespace of a process that has more, and are needed',
	async (t, namespace) => {
		const [all = ''] = settings('netmon-host.service', 'CapabilityBoundingSet');
		const [file, args] = programCommand('netmon', ['watch', '--json', '--netns', `/proc/${namespace.pid}/ns/net`]);
		const start = (capabilities: readonly string[]) => {
			const set = capabilities.map((name) => name.replace('CAP_', '+').toLowerCase());
			const bounds = ['--bounding-set', ['-all', ...set].join(','), '--inh-caps=-all', '--no-new-privs'];
			const netmon = new Running(['setpriv', [...bounds, file, ...args]], testIp);
			t.teardown(() => void netmon.child.kill('SIGKILL'));
			return netmon;
		};
		const netmon = start(all.split(' '));
		await waitFor('the picture', () => netmon.stdout.includes('"event":"ready"'));
		namespace.ip('link add v0 type veth peer name p0');
		await waitFor('the change', () => netmon.stdout.includes('"ifname":"v0"'));
		t.is(await netmon.stop(), 0);
		t.is(netmon.stderr, '');
		for (const missing of all.split(' ')) t.is(await start(all.split(' ').filter((name) => name !== missing)).exited, 2, missing);
	},
);
