import {mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {linkStatesSet} from '../helpers/link-states.js';
import {namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {Running, root} from '../helpers/netmon.js';
import {scratchFolder} from '../helpers/runtime.js';
import {waitFor} from '../helpers/wait.js';

const page = readFileSync(`${root}docs/library.md`, 'utf8');
const examples = [...page.matchAll(/^```js\n([\s\S]*?)^```/gm)].map(([, text = '']) => text);

/** Starts the one example that has this text in it, as it stands on the page, with the built package. */
function start(t: ExecutionContext<unknown>, namespace: TestNamespace, text: string, ...args: readonly string[]): Running {
	const found = examples.filter((example) => example.includes(text));
	if (found.length !== 1) throw new Error(`${found.length} examples with ${text}`);
	const scratch = scratchFolder();
	t.teardown(() => scratch.close());
	mkdirSync(join(scratch.path, 'node_modules'));
	symlinkSync(root, join(scratch.path, 'node_modules/netmon'));
	const file = join(scratch.path, 'example.mjs');
	writeFileSync(file, found.join(''));
	const running = new Running(namespace.command(process.execPath, [file, ...args]));
	t.teardown(() => void running.child.kill('SIGKILL'));
	return running;
}

const said = (running: Running, text: string) =>
	waitFor(`${text} in ${running.stdout}${running.stderr}`, () => running.stdout.includes(text) || running.child.exitCode !== null);

/** Without addresses of IPv6, whose events come at any time. */
const host = [
	'link add eth0 type veth peer name p0',
	'link set eth0 addrgenmode none',
	'link set p0 addrgenmode none',
	'addr add 192.0.2.2/24 dev eth0',
	'link set p0 up',
	'link set eth0 up',
];

namespaceTest('docs/library.md: watch() prints what is there and what goes with what', async (t, namespace) => {
	namespace.batch([...host, 'route add default via 192.0.2.1']);
	// Else a look may be under way when the address goes. It would see the address still, and the routes no more.
	await linkStatesSet(namespace);
	const running = start(t, namespace, 'is gone, because of');
	await said(running, '3 interfaces');
	namespace.ip('addr del 192.0.2.2/24 dev eth0');
	await said(running, 'default is gone, because of: address-removed\n');
	t.is(running.stderr, '');
});

namespaceTest('docs/library.md: snapshot() has interfaces with their addresses, and routes', async (t, namespace) => {
	namespace.batch([...host, 'route add default via 192.0.2.1']);
	const running = start(t, namespace, 'await snapshot(');
	t.is(await running.exited, 0, running.stderr);
	t.is(running.stdout, 'lo 65536 127.0.0.1\np0 1500 \neth0 1500 192.0.2.2\ndefault by 192.0.2.1\n');
	t.is(running.stderr, '');
});

namespaceTest('docs/library.md: a function waits for the default route', async (t, namespace) => {
	namespace.batch(host);
	const running = start(t, namespace, 'async function defaultRoute');
	await waitFor('its monitor', () => namespace.processes().length > 1);
	namespace.ip('route add default via 192.0.2.1');
	t.is(await running.exited, 0, running.stderr);
	t.is(running.stdout, 'default via 192.0.2.1\n');
});

namespaceTest('docs/library.md: an error says what to do, and has its exit code', async (t, namespace) => {
	const running = start(t, namespace, 'instanceof UserError');
	t.is(await running.exited, 2);
	t.regex(running.stderr, /^there is no network namespace "web" .*\n.*ip netns list.*\n$/);
	t.is(running.stdout, '');
});

namespaceTest('docs/library.md: a loop that is too slow starts again, and SIGTERM ends it', async (t, namespace) => {
	const running = start(t, namespace, 'instanceof RangeError');
	await said(running, 'ready\n');
	namespace.ip('route add 198.51.100.0/24 dev lo');
	await said(running, 'route-added\n');
	t.is(await running.stop(), 0);
	t.is(running.stderr, '');
});

namespaceTest('docs/library.md: several namespaces side by side', async (t, namespace) => {
	const path = `/proc/${namespace.pid}/ns/net`;
	const running = start(t, namespace, 'map(follow)', path, path);
	await waitFor('both pictures', () => running.stdout.split(`${path}: 1 interfaces\n`).length === 3);
	namespace.ip('link add eth0 type veth peer name p0');
	await waitFor('both', () => running.stdout.split(`${path}: eth0\n`).length === 3);
	t.pass();
});
