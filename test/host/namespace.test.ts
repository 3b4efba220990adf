import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {identityOf, instanceOf, resolveNamespace} from '../../src/host/namespace.js';
import {findProgram} from '../../src/process/find-program.js';
import {namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {scratchFolder} from '../helpers/runtime.js';

const nsenter = findProgram('nsenter', process.env['PATH'] ?? '');

const pathOf = ({pid}: TestNamespace) => `/proc/${pid}/ns/net`;

function instanceAt(path: string): string | undefined {
	return instanceOf({path, identity: '', own: false, named: true}, nsenter);
}

namespaceTest('a namespace is distinguished from an earlier one with its inode number (story 31)', async (t, namespace) => {
	const earlier = new Map<string, string | undefined>();
	// Others make namespaces too on a busy machine, so the free number may not be the one just released.
	for (let tries = 0; tries < 400; tries += 1) {
		const {identity, instance} = await briefNamespace(namespace);
		t.regex(instance ?? '', /^\d+$/);
		t.false([...earlier.values()].includes(instance), 'no two have had the same');
		if (earlier.has(identity)) return;
		earlier.set(identity, instance);
	}
	t.fail('no inode number was used again');
});

/** Makes a namespace, looks at it, and releases it. */
async function briefNamespace(outer: TestNamespace): Promise<{identity: string; instance: string | undefined}> {
	const child = spawn(...outer.command('unshare', ['--net', 'sh', '-c', 'echo made; read -r _ || :']), {stdio: ['pipe', 'pipe', 'ignore']});
	const ended = once(child, 'exit');
	await once(child.stdout, 'data');
	const path = `/proc/${child.pid}/ns/net`;
	const seen = {identity: identityOf(path), instance: instanceAt(path)};
	child.stdin.end();
	await ended;
	return seen;
}

namespaceTest('a namespace is the same by whichever path it is looked at, and whatever its links do', async (t, namespace) => {
	const {path: folder, close} = scratchFolder();
	t.teardown(close);
	const link = join(folder, 'name');
	symlinkSync(pathOf(namespace), link);
	const first = instanceAt(pathOf(namespace));
	namespace.ip('link add a0 type veth peer name a1');
	namespace.ip('link del a0');
	t.is(instanceAt(pathOf(namespace)), first);
	if (process.getuid?.() === 0) t.is(instanceAt(link), first, 'as one is seen that only a mount keeps');
});

test('the own namespace has an instance too', (t) => {
	const own = resolveNamespace(undefined);
	t.regex(instanceOf(own, undefined) ?? '', /^\d+$/);
	t.is(instanceOf(own, undefined), instanceOf(resolveNamespace(String(process.pid)), undefined));
	t.true(readFileSync('/proc/self/net/netlink', 'latin1').includes(` ${instanceOf(own, undefined)} `));
});

test('a pipe in the place of a namespace is refused, and not waited for', (t) => {
	const {path, close} = scratchFolder();
	t.teardown(close);
	const pipe = join(path, 'pipe');
	execFileSync('mkfifo', [pipe]);
	t.throws(() => resolveNamespace(pipe), {name: 'NamespaceError', message: /it is not a namespace/});
});
