import type {ExecutionContext} from 'ava';
import {makeMounts, type TestMounts} from '../faults/mounts.js';
import {httpGet} from '../helpers/http-get.js';
import {namespaceTestIf, type TestNamespace} from '../helpers/namespace.js';
import {programCommand, Running, testIp} from '../helpers/netmon.js';
import {eventsIn} from '../helpers/schemas.js';
import {waitFor} from '../helpers/wait.js';
import {inManifest} from './manifests.js';

const container = ['spec', 'template', 'spec', 'containers', 0] as const;
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const granted = texts(inManifest('DaemonSet', ...container, 'securityContext', 'capabilities', 'add'));
const args = texts(inManifest('DaemonSet', ...container, 'args'));

interface Pod {
	readonly mounts: TestMounts;
	readonly netmon: Running;
	/** Names of the namespaces that are watched; undefined for its own. */
	ready(): unknown[];
}

/** Starts what the DaemonSet starts, with these capabilities, beside a named namespace and those of two processes of others. */
async function startPod(t: ExecutionContext<unknown>, namespace: TestNamespace, capabilities: readonly string[]): Promise<Pod> {
	const mounts = await makeMounts(t, namespace);
	mounts.sh('mount -t tmpfs none "$(readlink -f /var/run)"; mkdir -m 777 /run/netmon; ip netns add web');
	const [file, rest] = programCommand('netmon', args);
	const script = [
		'unshare --net setpriv --reuid 65534 --regid 65534 --clear-groups sleep 60 &',
		'unshare --net sleep 60 &',
		'mount --bind / /; mount -o remount,ro,bind /; ! touch /netmon-test 2>/dev/null',
		// Root keeps of the capabilities what is in the bounding set, as in a container (capabilities(7)).
		`exec setpriv --bounding-set -all,${capabilities.map((name) => `+${name.toLowerCase()}`).join(',')} --inh-caps -all "$@"`,
	].join('\n');
	const apart = ['--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-ec', script, 'sh', file, ...rest];
	const netmon = new Running(mounts.command('unshare', apart), testIp);
	t.teardown(() => void netmon.child.kill('SIGKILL'));
	const lines = () => netmon.stdout.slice(0, netmon.stdout.lastIndexOf('\n') + 1);
	return {mounts, netmon, ready: () => eventsIn(lines()).flatMap(({event, netns}) => (event === 'ready' ? [netns] : []))};
}

const whyNotRoot = process.getuid?.() === 0 ? undefined : 'only root can be given the capabilities of the DaemonSet';

namespaceTestIf(
	whyNotRoot,
	'what the DaemonSet grants is enough: its capabilities, a root that is read-only, and its arguments',
	async (t, namespace) => {
		const {mounts, netmon, ready} = await startPod(t, namespace, granted);
		await waitFor(`web, its own, and those of two processes in ${netmon.stderr}`, () => ready().length === 4);
		t.is(ready().filter((name) => String(name).startsWith('pid:')).length, 2);
		t.is(netmon.stderr, '');
		const port = inManifest('DaemonSet', ...container, 'ports', 0, 'containerPort');
		const metrics = mounts.run(...httpGet(`http://127.0.0.1:${port}/metrics`));
		t.regex(metrics, /^netmon_monitor_up\{netns="web",sandbox=""\} 1$/m);
		await waitFor('its socket', () => /\.sock$/m.test(mounts.sh('ls /run/netmon')));
	},
);

namespaceTestIf(
	whyNotRoot,
	'without SYS_PTRACE the namespaces of processes are not watched, and one warning says so',
	async (t, namespace) => {
		const {netmon, ready} = await startPod(
			t,
			namespace,
			granted.filter((name) => name !== 'SYS_PTRACE'),
		);
		await waitFor(`web and its own in ${netmon.stderr}`, () => ready().length === 2);
		await netmon.said('hide their namespaces');
		t.deepEqual(ready().sort(), ['web', undefined]);
		t.is(netmon.stderr.split('CAP_SYS_PTRACE').length, 2);
	},
);
