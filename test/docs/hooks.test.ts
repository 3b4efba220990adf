import {spawnSync} from 'node:child_process';
import {chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {hookKinds} from '../../src/diff/hook-filter.js';
import {killAll} from '../faults/processes.js';
import {namespaceTest, namespaceTestIf, type TestNamespace} from '../helpers/namespace.js';
import {programCommand, Running, root, runToEnd, testIp} from '../helpers/netmon.js';
import {scratchFolder} from '../helpers/runtime.js';
import {waitFor} from '../helpers/wait.js';

const page = readFileSync(`${root}docs/hooks.md`, 'utf8');
const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, text = '']) => text);

/** The recipe or script that contains this text. */
function block(text: string): string {
	const found = blocks.filter((candidate) => candidate.includes(text));
	if (found.length !== 1) throw new Error(`${found.length} recipes with ${text}`);
	return found.join('');
}

/** A folder with the programs that a recipe names; `netmon` is the built one. */
function makeBin(t: ExecutionContext<unknown>, programs: Readonly<Record<string, string>>) {
	const {path, close} = scratchFolder();
	t.teardown(close);
	const bin = join(path, 'bin');
	mkdirSync(bin);
	const [node, [script]] = programCommand('netmon', []);
	const all = {netmon: `#!/bin/sh\nexec "${node}" "${script}" "$@"\n`, ...programs};
	for (const [name, text] of Object.entries(all)) {
		for (const file of [join(bin, name), join(path, name)]) {
			writeFileSync(file, text);
			chmodSync(file, 0o755);
		}
	}
	return {
		path,
		env: {...testIp, PATH: `${bin}:${process.env['PATH']}`, NETMON_LOG_LEVEL: 'info', NETMON_LOG_FORMAT: 'json'},
		file: (name: string) => join(path, name),
	};
}

type Bin = ReturnType<typeof makeBin>;

/** Starts a recipe exactly as on the page. */
function start(t: ExecutionContext<unknown>, namespace: TestNamespace, recipe: string, {path, env}: Bin): Running {
	const running = new Running(namespace.command('sh', ['-c', `cd "${path}"; ${recipe}`]), env);
	t.teardown(() => {
		killAll(namespace.processes());
		running.child.kill('SIGKILL');
	});
	return running;
}

const watches = (namespace: TestNamespace) => waitFor('its monitor', () => namespace.processes().some(isMonitor));

const recorded = (bin: Bin) => (existsSync(bin.file('said')) ? readFileSync(bin.file('said'), 'utf8').split('\n').slice(0, -1) : []);
const recorder = (bin: string) => `#!/bin/sh\necho "$@" >>"${bin}"\n`;

namespaceTest('docs/hooks.md: dynamic DNS has each address of the interface', async (t, namespace) => {
	const bin = makeBin(t, {'update-dns': block('# update-dns')});
	writeFileSync(join(bin.path, 'bin/curl'), recorder(bin.file('said')), {mode: 0o755});
	namespace.batch(['link add eth0 type veth peer name p0', 'addr add 10.1.0.2/24 dev eth0']);
	start(t, namespace, block('-- ./update-dns'), bin);
	await waitFor('the address that is there', () => recorded(bin).length === 1);
	namespace.ip('addr add 10.1.0.3/24 dev eth0');
	await waitFor('the new address', () => recorded(bin).length === 2);
	t.deepEqual(
		recorded(bin),
		['2', '3'].map((n) => `-fsS https://dns.example/update?host=me&ip=10.1.0.${n}`),
	);
});

namespaceTest('docs/hooks.md: a service is restarted once the default route has settled', async (t, namespace) => {
	const bin = makeBin(t, {});
	writeFileSync(join(bin.path, 'bin/systemctl'), recorder(bin.file('said')), {mode: 0o755});
	namespace.batch(['link add eth0 type veth peer name p0', 'addr add 10.1.0.2/24 dev eth0', 'link set eth0 up', 'link set p0 up']);
	const netmon = start(t, namespace, block('systemctl').replace('2s', '200ms'), bin);
	await netmon.watching();
	// By one process, or a busy machine may make a pause that is long enough to count as settled.
	namespace.batch(['10.1.0.1', '10.1.0.7', '10.1.0.9'].map((gateway) => `route replace default via ${gateway}`));
	await waitFor('the restart', () => recorded(bin).length > 0);
	t.deepEqual(recorded(bin), ['restart vpn']);
});

const noJq = spawnSync('jq', ['--version']).status === 0 ? undefined : 'there is no jq here';

namespaceTestIf(noJq, 'docs/hooks.md: a flap is seen, and a pipe has each new address', async (t, namespace) => {
	const bin = makeBin(t, {});
	namespace.ip('link add eth0 type veth peer name p0');
	const flaps = start(t, namespace, block('-flapped'), bin);
	const pipe = start(t, namespace, block('"address-added"'), bin);
	await Promise.all([flaps.watching(), pipe.watching()]);
	namespace.ip('addr add 10.1.0.2/24 dev eth0');
	await waitFor('its line', () => pipe.stdout.includes('\n'));
	t.is(pipe.stdout.split('\n')[0], 'eth0 10.1.0.2');
	namespace.batch(Array.from({length: 20}, () => ['route add 10.9.0.0/16 dev lo', 'route del 10.9.0.0/16 dev lo']).flat());
	await waitFor('the flap', () => /^10\.9\.0\.0\/16 flapped: \d+ events$/m.test(flaps.stdout));
});

function isMonitor(pid: number): boolean {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('monitor');
	} catch {
		return false;
	}
}

namespaceTest('docs/hooks.md: an entry point waits for an address and a default route', async (t, namespace) => {
	const bin = makeBin(t, {'my-server': '#!/bin/sh\necho serving\n'});
	namespace.ip('link add eth0 type veth peer name p0');
	const entry = start(t, namespace, block('my-server'), bin);
	await watches(namespace);
	namespace.batch(['link set eth0 up', 'link set p0 up', 'addr add 10.1.0.2/24 dev eth0', 'route add default via 10.1.0.1']);
	t.is(await entry.exited, 0, entry.stderr);
	t.is(entry.stdout, 'serving\n');
});

const noNft = (() => {
	const unshare = ['--net', ...(process.getuid?.() === 0 ? [] : ['--map-root-user'])];
	const made = 'add table inet filter; list tables';
	const tried = spawnSync('unshare', [...unshare, 'nft', made], {encoding: 'utf8'});
	// npx puts another program of this name first in PATH (@vercel/nft).
	return tried.stdout.includes('table inet filter') ? undefined : 'there is no nft here, or a kernel without nf_tables';
})();
const nftStory = ['link add eth0 type veth peer name p0', 'link del eth0'];

async function followsInterfaces(t: ExecutionContext<unknown>, namespace: TestNamespace, bin: Bin, known: () => string): Promise<void> {
	start(t, namespace, block('-- ./nft-interface'), bin);
	await waitFor('lo', () => known().includes('lo'));
	namespace.ip(nftStory[0] ?? '');
	await waitFor('eth0', () => known().includes('eth0'));
	namespace.ip(nftStory[1] ?? '');
	await waitFor('no eth0', () => !known().includes('eth0'));
	t.true(known().includes('lo'));
}

namespaceTestIf(noNft, 'docs/hooks.md: nft knows each interface', async (t, namespace) => {
	const bin = makeBin(t, {'nft-interface': block('# nft-interface')});
	const nft = async (...args: readonly string[]) => (await runToEnd(namespace.command('nft', args))).stdout;
	await nft('add', 'table', 'inet', 'filter');
	await nft('add', 'set', 'inet', 'filter', 'known', '{ type ifname; }');
	let known = '';
	const look = setInterval(() => void nft('list', 'set', 'inet', 'filter', 'known').then((text) => (known = text)), 50);
	t.teardown(() => clearInterval(look));
	await followsInterfaces(t, namespace, bin, () => known);
});

namespaceTest('docs/hooks.md: the script for nft adds and deletes what it is told, with a stand-in for nft', async (t, namespace) => {
	const bin = makeBin(t, {'nft-interface': block('# nft-interface')});
	writeFileSync(join(bin.path, 'bin/nft'), recorder(bin.file('said')), {mode: 0o755});
	const known = () => {
		const names = new Set<string>();
		for (const line of recorded(bin)) {
			const [, verb, name = ''] = /^(add|delete) element inet filter known \{ "(.*)" \}$/.exec(line) ?? [];
			if (verb === 'add') names.add(name);
			else if (verb === 'delete') names.delete(name);
		}
		return [...names].join(' ');
	};
	await followsInterfaces(t, namespace, bin, known);
});

test('docs/hooks.md names every option of hooks and every variable', (t) => {
	for (const option of ['on', 'initial', 'timeout', 'retries', 'settle', 'state']) t.true(page.includes(`--${option}`), option);
	for (const kind of hookKinds.filter((name) => name.endsWith('-found'))) t.true(page.includes(`\`${kind}\``), kind);
	const source = readFileSync(`${root}src/hooks/hook-environment.ts`, 'utf8');
	for (const [, name] of source.matchAll(/\b(NETNS|IFINDEX|IFNAME|ADDRESS|DST|GATEWAY|DEV)\b/g))
		t.true(page.includes(`\`NETMON_EVENT_${name}\``), name);
});
