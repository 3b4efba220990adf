import {existsSync, readFileSync, readlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {haveNeighbours} from '../helpers/neighbours.js';
import {programCommand, Running, type Started, startWatch} from '../helpers/netmon.js';
import {scratchFolder} from '../helpers/runtime.js';
import {waitFor} from '../helpers/wait.js';
import {makeLink} from './links.js';
import {logLines, untilLogged} from './log-lines.js';
import {isAlive, killAll} from './processes.js';
import {withEnvironment} from './raw-environment.js';

// Story 35, and the rest of the runtime's surroundings: its environment and its outputs.

const entries = [
	'PLAIN=1',
	'EMPTY=',
	'op=nothing to do with netmon',
	'A.B-c=a name that is no identifier',
	'BASH_FUNC_f%%=() {  echo one.\necho two,\n}',
	'TWO_LINES=one.\ntwo,\n',
	'IFS=:',
	'PWD=/nowhere',
	'OLDPWD=/before',
	'_=/usr/bin/netmon',
	'SHLVL=7',
	'PS4=+',
	'OPTIND=9',
	'LINENO=3',
	'-u=an option of env',
];
const bytes = [Buffer.from([...Buffer.from('BYTES='), 0xff, 0x01, 0xc3])];

for (const [what, more] of [
	[
		'names with dots, functions, IFS, PWD, OLDPWD and _, and bytes that are no UTF-8',
		[...entries.map((entry) => Buffer.from(entry)), ...bytes],
	],
	['neither PWD nor OLDPWD nor _', [Buffer.from('PLAIN=1')]],
] as const) {
	namespaceTest(`the runtime has netmon's environment to the last byte: ${what}`, async (t, namespace) => {
		const folder = scratchFolder();
		t.teardown(folder.close);
		// Not a shell, which would change it.
		const copier = join(folder.path, 'runtime');
		writeFileSync(
			copier,
			`#!${process.execPath}\nconst fs = require('fs');\nconst seen = fs.readFileSync('/proc/self/environ');\nfs.appendFileSync(${JSON.stringify(join(folder.path, 'seen'))}, Buffer.concat([seen, Buffer.alloc(1)]));\n`,
			{mode: 0o755},
		);
		const given = [...more, Buffer.from(`PATH=${process.env['PATH']}`), Buffer.from(`NETMON_STATE_DIR=${folder.path}/state`)];
		const command = namespace.command(...programCommand('netmon', ['watch', '-s', 'sb1', '-r', copier, '--log-level', 'info']));
		const netmon = new Running(withEnvironment(folder.path, given, command));
		t.teardown(() => killAll(namespace.processes()));
		await netmon.watching();
		for (const number of [1, 2]) {
			makeLink(namespace, `a${number}`, number);
			await waitFor('a call', () => seenIn(folder.path).length >= number);
		}
		const sorted = (list: readonly string[]) => [...list].sort();
		for (const call of seenIn(folder.path))
			t.deepEqual(sorted(call), sorted(given.map((entry) => entry.toString('latin1'))), netmon.stderr);
		t.notRegex(netmon.stderr, /cannot pass these environment variables/);
	});
}

/** The variables of each call. Each ends with a NUL, and the last of a call with another one: a file that is being written has half a call. */
function seenIn(folder: string): string[][] {
	try {
		const calls = readFileSync(join(folder, 'seen'), 'latin1').split('\0\0').slice(0, -1);
		return calls.map((call) => call.split('\0'));
	} catch {
		return [];
	}
}

/** A call that leaves a child running, which writes to its stderr on request. */
async function leaveChild(namespace: TestNamespace, {netmon, runtime}: Started): Promise<number> {
	const script = 'trap "" HUP; while [ ! -f "$dir/speak" ]; do sleep 0.02; done; echo late words >&2 && echo spoken >"$dir/spoken"';
	runtime.hook(`rm "$dir/hook"; (${script}; exec sleep 1000) & echo $! >"$dir/left"`);
	makeLink(namespace, 'a0', 1);
	await untilLogged(netmon, 'runtime was told', 2);
	return Number(readFileSync(join(runtime.folder, 'left'), 'utf8'));
}

for (const setpriv of ['with', 'without'] as const) {
	namespaceTest(`${setpriv} setpriv: what a call leaves running may write to its stderr after the call`, async (t, namespace) => {
		const folder = scratchFolder();
		t.teardown(folder.close);
		writeFileSync(join(folder.path, 'setpriv'), '#!/bin/sh\necho "setpriv: unrecognized option: pdeathsig" >&2\nexit 1\n', {mode: 0o755});
		const env = setpriv === 'with' ? {} : {PATH: `${folder.path}:${process.env['PATH']}`};
		const started = await startWatch(t, namespace, {env});
		const {netmon, runtime} = started;
		const left = await leaveChild(namespace, started);
		t.teardown(() => killAll([left].filter(isAlive)));
		t.true(isAlive(left));
		writeFileSync(join(runtime.folder, 'speak'), '');
		await waitFor('its words, or its death', () => existsSync(join(runtime.folder, 'spoken')) || !isAlive(left));
		t.true(isAlive(left));
		t.true(
			logLines(netmon).every(({stderr}) => stderr === undefined),
			netmon.stderr,
		);
		t.is(await netmon.stop(), 0);
	});
}

namespaceTest('a runtime has stdin and stdout from /dev/null, a stderr, and no other descriptor of netmon', async (t, namespace) => {
	const {netmon, runtime} = await startWatch(t, namespace);
	runtime.hook('ls -l /proc/self/fd | sed -n "s/.* \\([0-9]*\\) -> /\\1 /p" >"$dir/descriptors"');
	makeLink(namespace, 'a0', 1);
	const lines = await waitFor('a call', () => {
		try {
			const all = readFileSync(join(runtime.folder, 'descriptors'), 'utf8').trim().split('\n');
			return all.length >= 3 ? all : undefined;
		} catch {
			return undefined;
		}
	});
	t.is(lines[0], '0 /dev/null');
	t.regex(lines[2] ?? '', /^2 (socket|pipe):/);
	// ls has the directory open that it lists. Descriptors from the starter of the tests are not netmon's.
	const inherited = descriptorsOf(process.pid);
	const own = lines.slice(3).filter((line) => !/ \/proc\/\d+\/fd$/.test(line) && !inherited.includes(line.split(' ')[1] ?? ''));
	t.deepEqual(own, []);
	t.is(await netmon.stop(), 0);
});

namespaceTest('sixty calls that each leave a child with its stderr cost netmon a bounded number of descriptors', async (t, namespace) => {
	const {netmon, runtime} = await startWatch(t, namespace);
	runtime.hook('sleep 1000 <&- >&- & echo $! >>"$dir/left"');
	const left = () => readFileSync(join(runtime.folder, 'left'), 'utf8').trim().split('\n').map(Number);
	t.teardown(() => killAll(left().filter(isAlive)));
	makeLink(namespace, 'a0', 1);
	await runtime.until('a0', (calls) => calls.length > 0);
	for (let number = 0; number < 60; number += 1) {
		namespace.ip(`route add 10.9.${number}.0/24 via 10.100.1.1`);
		await runtime.until('its call', (calls) => calls.some(({text}) => text.includes(`10.9.${number}.0/24`)));
	}
	const sockets = () => descriptorsOf(netmon.pid).filter((target) => target.startsWith('socket:')).length;
	t.true(left().length >= 40);
	// Each sandbox has some of its own.
	await waitFor('few descriptors', () => sockets() < (haveNeighbours ? 100 : 50));
	t.is(await netmon.stop(), 0);
});

function descriptorsOf(pid: number): string[] {
	const count = Number(/^FDSize:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
	return Array.from({length: count}, (_, index) => {
		try {
			return readlinkSync(`/proc/${pid}/fd/${index}`);
		} catch {
			return '';
		}
	});
}
