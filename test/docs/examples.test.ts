import {spawn, spawnSync} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {COMMANDS} from '../../src/cli.js';
import {makeMounts, type TestMounts} from '../faults/mounts.js';
import {checkCommandLine} from '../helpers/command-line.js';
import {type Example, helpExamples, isForm, pageExamples, withoutSourcing} from '../helpers/examples.js';
import {namespaceTest} from '../helpers/namespace.js';
import {programCommand, root} from '../helpers/netmon.js';
import {scratchFolder} from '../helpers/runtime.js';
import {reportSkipped} from '../helpers/skipped.js';
import {waitFor} from '../helpers/wait.js';

const examples = [...helpExamples(), ...pageExamples()].map(withoutSourcing);

/** Each run costs half a second: what runs until it is ended, and others of the same command, are run where that is asked for (docs/contributing.md). */
const runsAll = process.env['NETMON_TEST_EXAMPLES'] === 'all';

/** A home with the folders in which shells look for completions. */
function makeHome(folder: string): void {
	for (const place of ['.local/share/bash-completion/completions', '.zfunc', '.config/fish/completions'])
		mkdirSync(join(folder, place), {recursive: true});
}

/** The words with which a shell starts netmon in each line: nothing else that the line names can be started. */
function wordsOf(lines: readonly string[], folder: string): (readonly string[] | undefined)[] {
	const bin = join(folder, 'words');
	mkdirSync(bin);
	makeHome(folder);
	const file = join(folder, 'said');
	for (const name of ['netmon', 'kata-netmon']) {
		const script = `#!/bin/sh\n{ printf '%s\\0' ${name} "$@"; } >"${file}"\n`;
		writeFileSync(join(bin, name), script, {mode: 0o755});
	}
	return lines.map((line) => {
		writeFileSync(file, '');
		spawnSync('/bin/sh', ['-c', line], {cwd: folder, env: {PATH: bin, HOME: folder}, stdio: 'ignore', timeout: 60_000});
		const said = readFileSync(file, 'utf8').split('\0').slice(0, -1);
		return said.length === 0 ? undefined : said;
	});
}

test('every command line of netmon in help, README.md and docs is one that a shell and netmon understand', async (t) => {
	const {path, close} = scratchFolder();
	t.teardown(close);
	t.true(helpExamples().length > 25 && pageExamples().length > 20, 'they are found');
	const whole = examples.filter((example) => !isForm(example));
	const words = wordsOf(
		whole.map(({line}) => line),
		path,
	);
	for (const [index, {where, line}] of whole.entries()) {
		const said = words[index];
		if (said === undefined) {
			t.fail(`${where}: no shell starts netmon by "${line}": write it so, or teach test/helpers/examples.ts its form`);
			continue;
		}
		await t.notThrowsAsync(checkCommandLine(said), `${where}: ${line}`);
	}
});

test('every option that a form names is one of its command', (t) => {
	const forms = examples.filter(isForm);
	t.true(forms.length > 0);
	for (const {where, line} of forms) {
		const [, name = ''] = line.split(' ');
		const command = Object.entries(COMMANDS).find(([each]) => each === name)?.[1];
		for (const [, option = ''] of line.split(' -- ', 1)[0]?.matchAll(/--([a-z-]+)/g) ?? [])
			t.true(Object.hasOwn(command?.flags ?? {}, option), `${where}: ${line}`);
	}
});

/** One process prints the help of all commands: what a terminal is wide is read when oclif is loaded. */
const printHelp = `
	const {COMMANDS, runCommand} = await import('./build/src/cli.js');
	for (const name of Object.keys(COMMANDS)) await runCommand([name, '--help'], process.cwd());
`;

for (const columns of ['40', ...(runsAll ? ['60', '80', '200'] : [])]) {
	test.serial(`examples in help can be pasted from a terminal of ${columns} columns`, (t) => {
		const env = {...process.env, OCLIF_COLUMNS: columns};
		const {stdout, stderr} = spawnSync(process.execPath, ['--input-type=module', '-e', printHelp], {cwd: root, env, encoding: 'utf8'});
		const lines = new Set(stdout.split('\n').map((line) => line.trim()));
		t.is(stderr, '');
		for (const {where, line} of helpExamples()) t.true(lines.has(`$ ${line}`), `${where}: ${line}`);
	});
}

/** The day before yesterday, so that a journal has the picture of each time today. */
const earlier = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10);

/** A host with what the examples name: namespaces, interfaces, files, a journal, and a watch of the sandbox sb1. */
async function furnish(t: ExecutionContext<unknown>, mounts: TestMounts, folder: string): Promise<Readonly<Record<string, string>>> {
	const bin = join(folder, 'bin');
	mkdirSync(bin);
	makeHome(folder);
	const [node, [script]] = programCommand('netmon', []);
	const programs = {netmon: `exec "${node}" "${script}" "$@"`, ssh: 'exec sh -c "$2"', runtime: 'exit 0', 'my-server': 'exit 0'};
	for (const [name, text] of Object.entries(programs)) writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, {mode: 0o755});
	const link = (name: string, address: string) => [
		`link add ${name} type veth peer name p-${name}`,
		`addr add ${address} dev ${name}`,
		`link set ${name} up`,
		`link set p-${name} up`,
	];
	const lines = [...link('eth0', '10.0.0.2/24'), 'route add default via 10.0.0.1', 'route add 10.0.0.0/8 dev eth0'];
	writeFileSync(join(folder, 'lines'), [...lines, ...link('eth1', '10.1.0.2/24')].join('\n'));
	writeFileSync(join(folder, 'web'), lines.join('\n'));
	mounts.sh(`mount -t tmpfs none "$(readlink -f /var/run)"; mount -t tmpfs none /var/log; cd ${folder}
		for name in web a b; do ip netns add $name; ip -n $name -batch web; done; ip -batch lines`);
	const env = {
		...process.env,
		HOME: folder,
		PATH: `${bin}:${process.env['PATH']}`,
		NETMON_LOG_LEVEL: 'info',
		NETMON_STATE_DIR: join(folder, 'state'),
	};
	const shell = (line: string) => mounts.command('sh', ['-c', `cd ${folder}; ${line}`]);
	const [file, args] = shell('exec netmon watch -s sb1 -r runtime --record live.ndjson --journal /var/log/netmon');
	const watch = spawn(file, args, {stdio: 'ignore', env});
	t.teardown(() => void watch.kill('SIGKILL'));
	const watches = () =>
		mounts.sh('cat /var/log/netmon/* 2>/dev/null || :').includes('"ready"') &&
		mounts.sh('ls /run/netmon 2>/dev/null || :').includes('.sock');
	await waitFor('the watch of sb1', watches);
	mounts.sh(`cd ${folder}; for f in /var/log/netmon/*; do b=\${f##*/}
		sed 's/"time":"[0-9-]*T/"time":"${earlier}T/g' $f >/var/log/netmon/${earlier.replaceAll('-', '')}\${b#????????}; done`);
	const [snapshot, of] = shell('netmon snapshot --json >before.json; head -n -1 live.ndjson >recording.ndjson');
	spawnSync(snapshot, of, {env, stdio: 'ignore'});
	return env as Readonly<Record<string, string>>;
}

const hasJq = spawnSync('jq', ['--version']).status === 0;
if (!hasJq) reportSkipped('the examples that pipe into jq', 'there is no jq here');

/** Of those that answer a question by their exit code, any answer is one; a doctor may find that something is missing. */
const answers: Readonly<Record<string, readonly number[]>> = {diff: [0, 1], verify: [0, 1], doctor: [0, 2]};

const isEndless = ({line}: Example) => /^(?:kata-)?netmon (?:watch\b|-)|^netmon log .*--follow\b/.test(line);

/** Of this machine, where others run their tests, it would watch every namespace. */
const watchesAll = ({line}: Example) => line.includes('--all-netns');

/** The command, and whether its output is piped into jq. */
function kindOf({line}: Example): string {
	const [, command = ''] = line.split(' ');
	return `${command} ${line.includes('| jq')}`;
}

namespaceTest('each example of a command that ends is run as it stands, on a host that has what it names', async (t, namespace) => {
	const {path, close} = scratchFolder();
	t.teardown(close);
	const mounts = await makeMounts(t, namespace);
	const env = await furnish(t, mounts, path);
	const fit = examples.filter(
		(example) => !isForm(example) && (runsAll || !isEndless(example)) && !watchesAll(example) && (hasJq || !example.line.includes('jq')),
	);
	const lines = [...new Map(fit.map((example) => [runsAll ? example.line : kindOf(example), example])).values()];
	const run = async (example: Example): Promise<void> => {
		// In a pipe, what netmon has to say of a mistake is on stderr.
		const [file, args] = mounts.command('sh', [
			'-c',
			`cd ${path}; ${isEndless(example) ? 'timeout --preserve-status -s INT 8 ' : ''}${example.line}`,
		]);
		const child = spawn(file, args, {env, stdio: ['ignore', 'ignore', 'pipe'], timeout: 60_000});
		let stderr = '';
		child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
		const code = await new Promise((resolve) => child.once('close', (exit, signal) => resolve(exit ?? signal)));
		const [, command = ''] = example.line.split(' ');
		const title = `${example.where}: ${example.line}: ${stderr}`;
		// Programs and pids of a reader's own host.
		if (isEndless(example) && /^Error: .*(?:not an executable program|namespace "4711")/m.test(stderr)) return;
		const expected = answers[command] ?? [0];
		t.true(
			expected.some((answer) => answer === code),
			`${code} of ${title}`,
		);
		t.false(/^(?:Error|jq: error)/m.test(stderr), title);
	};
	const waiting = [...lines];
	const worker = async () => {
		for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await run(next);
	};
	await Promise.all([worker(), worker(), worker()]);
	for (const name of Object.keys(COMMANDS))
		if (name !== 'watch')
			t.true(
				lines.some(({line}) => line.startsWith(`netmon ${name}`)),
				name,
			);
});
