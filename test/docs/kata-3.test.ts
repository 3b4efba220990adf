import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {makeMounts, type TestMounts} from '../faults/mounts.js';
import {scratch} from '../helpers/journals.js';
import {namespaceTest} from '../helpers/namespace.js';
import {programCommand, Running, root, testIp} from '../helpers/netmon.js';
import {waitFor} from '../helpers/wait.js';

const page = readFileSync(`${root}docs/kata-3.md`, 'utf8');
const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, text = '']) => text);

function block(text: string): string {
	const [found, ...others] = blocks.filter((each) => each.includes(text));
	if (found === undefined || others.length > 0) throw new Error(`not one block with ${text}`);
	return found;
}

/** Starts a command of the page as it stands there, in a folder whose programs come first. */
function start(t: ExecutionContext<unknown>, mounts: TestMounts, folder: string, text: string): Running {
	const [node, [script]] = programCommand('netmon', []);
	writeFileSync(join(folder, 'netmon'), `#!/bin/sh\nexec "${node}" "${script}" "$@"\n`, {mode: 0o755});
	const env = {...testIp, PATH: `${folder}:${process.env['PATH']}`, NETMON_LOG_LEVEL: 'info', XDG_RUNTIME_DIR: '/run/user'};
	const running = new Running(mounts.command('sh', ['-c', `cd "${folder}"; exec ${block(text)}`]), env);
	t.teardown(() => void running.child.kill('SIGKILL'));
	return running;
}

const pod = 'cni-5d4c9a3e-0000-0000-0000-000000000001';

async function makePod(t: ExecutionContext<unknown>, namespace: Parameters<typeof makeMounts>[1]): Promise<TestMounts> {
	const mounts = await makeMounts(t, namespace);
	mounts.sh(`mount -t tmpfs none "$(readlink -f /var/run)"; mkdir -m 700 /run/user; ip netns add ${pod}`);
	return mounts;
}

namespaceTest('docs/kata-3.md: what comes after the tap of Kata is said to be late, and nothing else is', async (t, namespace) => {
	const mounts = await makePod(t, namespace);
	const folder = scratch(t);
	const said = () => (existsSync(join(folder, 'said')) ? readFileSync(join(folder, 'said'), 'utf8') : '');
	writeFileSync(join(folder, 'report-late'), block('# report-late'), {mode: 0o755});
	writeFileSync(join(folder, 'logger'), `#!/bin/sh\necho "$@" >>"${folder}/said"\n`, {mode: 0o755});
	const netmon = start(t, mounts, folder, '-- ./report-late');
	await netmon.watching();
	const runs = (count: number) => waitFor(`${count} runs`, () => netmon.stderr.split('program was run').length > count);
	mounts.sh(`ip -n ${pod} link add eth0 type bridge`);
	await runs(1);
	mounts.sh(`ip -n ${pod} link add tap0_kata type bridge`);
	await runs(2);
	t.is(said(), '');
	mounts.sh(`ip -n ${pod} link add net1 type bridge`);
	await waitFor('net1', () => said() !== '');
	t.is(said(), `-t kata net1 came to ${pod} after the start of its sandbox: the guest does not have it\n`);
});

namespaceTest('docs/kata-3.md: a dry run prints what a runtime would be called with, for each pod', async (t, namespace) => {
	const mounts = await makePod(t, namespace);
	const netmon = start(t, mounts, scratch(t), '--dry-run');
	await netmon.watching();
	mounts.sh(
		`ip -n ${pod} link add net1 type veth peer name p0; ip -n ${pod} addr add 192.0.2.2/24 dev net1; ip -n ${pod} link set p0 up; ip -n ${pod} link set net1 up`,
	);
	await waitFor('the call', () => netmon.stdout.includes('would call add-iface {"Device":"net1"'));
	t.regex(netmon.stdout, new RegExp(`${pod}.*would call add-iface \\{"Device":"net1"`));
});
