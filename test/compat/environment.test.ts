import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {findProgram} from '../../src/process/find-program.js';
import {linkStatesSet} from '../helpers/link-states.js';
import {namespaceTest} from '../helpers/namespace.js';
import {programCommand, Running, runToEnd, startWatch} from '../helpers/netmon.js';
import {scratchFolder} from '../helpers/runtime.js';
import {vethPair} from '../helpers/story.js';

/** Variables that could change what `ip` prints, or which program runs. */
const hostile: Readonly<Record<string, string>> = {
	LC_ALL: 'tr_TR.UTF-8',
	LANG: 'tr_TR.UTF-8',
	LANGUAGE: 'tr',
	TERM: 'dumb',
	COLORFGBG: '15;0',
	COLUMNS: '20',
	IP_OPTIONS: '-color=always',
	IPROUTE2_COLOR: 'always',
	HZ: '7',
	TICKETS: '1',
	LD_LIBRARY_PATH: '/nowhere',
	NODE_NO_WARNINGS: '1',
};

/** A folder with an `ip` that appends its environment to a file, and then runs the real one. */
function recordingIp(t: ExecutionContext<unknown>) {
	const folder = scratchFolder();
	t.teardown(folder.close);
	const path = join(folder.path, 'ip');
	writeFileSync(path, `#!/bin/sh\nenv >>"${folder.path}/environment"\nexec ${findProgram('ip', process.env['PATH'] ?? '')} "$@"\n`, {
		mode: 0o755,
	});
	return {path, variables: () => new Set(readFileSync(join(folder.path, 'environment'), 'utf8').trim().split('\n'))};
}

namespaceTest("ip gets an environment of netmon's own: PATH and LC_ALL=C, whatever the user's is", async (t, namespace) => {
	const ip = recordingIp(t);
	namespace.batch(vethPair('v0', '10.1.0.2/24'));
	const {netmon, fence} = await startWatch(t, namespace, {env: {...hostile, NETMON_IP: ip.path, NETMON_FAMILY: 'all'}});
	namespace.ip('link set v0 mtu 1400');
	await fence();
	t.is(await netmon.stop(), 0);
	const names = [...ip.variables()].map((line) => line.split('=', 1)[0]);
	t.deepEqual(
		[...new Set(names)].filter((name) => name !== 'PWD' && name !== '_' && name !== 'OLDPWD').sort(),
		['LC_ALL', 'PATH'],
		"PWD and _ are the shell's own",
	);
	t.true(ip.variables().has('LC_ALL=C'));
});

namespaceTest('neither locale, terminal nor colours change what a snapshot reads', async (t, namespace) => {
	namespace.batch([...vethPair(Buffer.from('ıİ').toString('latin1'), '10.1.0.2/24'), 'route add 10.9.0.0/16 via 10.1.0.1 metric 50']);
	await linkStatesSet(namespace);
	const snapshot = (env: Readonly<Record<string, string>>) =>
		runToEnd(namespace.command(...programCommand('netmon', ['snapshot', '--json'])), env);
	const plain = await snapshot({});
	t.is(plain.code, 0, plain.stderr);
	t.true(plain.stdout.includes('"ifname":"ıİ"'));
	t.deepEqual(await snapshot(hostile), plain);
});

namespaceTest('an ip in the working directory is not run, whatever empty and relative folders PATH has', async (t, namespace) => {
	const folder = scratchFolder();
	t.teardown(folder.close);
	mkdirSync(join(folder.path, 'bin'));
	const trace = join(folder.path, 'was-run');
	for (const name of ['ip', 'bin/ip', 'nsenter', 'setpriv', 'sh']) {
		writeFileSync(join(folder.path, name), `#!/bin/sh\ntouch ${trace}\nexit 9\n`, {mode: 0o755});
	}
	const [file, args] = namespace.command(...programCommand('netmon', ['doctor', '--json']));
	const path = process.env['PATH'] ?? '';
	const command = ['/bin/sh', ['-c', 'cd "$1"; shift; exec "$@"', 'sh', folder.path, findProgram(file, path) ?? file, ...args]] as const;
	const {stdout, stderr, code} = await runToEnd(command, {PATH: `:.:bin::${path}:`});
	t.is(code, 0, stderr);
	t.false(existsSync(trace));
	const found = JSON.parse(stdout).findings.find(({what}: {what: string}) => what === 'ip');
	t.regex(found.detail, /^\/\S*\/ip, ip utility, iproute2/);
	t.false(found.detail.startsWith(folder.path));
});

namespaceTest('a name for --ip is looked up in PATH once, and the path that was found stays', async (t, namespace) => {
	const ip = recordingIp(t);
	const running = new Running(namespace.command(...programCommand('netmon', ['watch', '--log-level', 'info', '--output', 'ndjson'])), {
		PATH: `${ip.path.slice(0, -3)}:${process.env['PATH']}`,
	});
	t.teardown(() => running.child.kill('SIGKILL'));
	await running.watching();
	t.regex(running.stderr, new RegExp(`"ip":"${ip.path}"`));
	t.is(await running.stop(), 0);
});

namespaceTest('without PATH at all ip is found where distributions have it', async (t, namespace) => {
	const [file, args] = namespace.command(...programCommand('netmon', ['snapshot']));
	const program = findProgram(file, process.env['PATH'] ?? '') ?? file;
	const {code, stderr} = await runToEnd(['/bin/sh', ['-c', 'unset PATH; exec "$@"', 'sh', program, ...args]]);
	t.is(code, 0, stderr);
});
