import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {scratch} from '../helpers/journals.js';
import {namespaceTest} from '../helpers/namespace.js';
import {programCommand, runToEnd, startWatch} from '../helpers/netmon.js';
import {vethPair} from '../helpers/story.js';

const replay = (...args: readonly string[]) => runToEnd(programCommand('netmon', ['replay', ...args]), {PATH: '/nonexistent'});

namespaceTest('issue 16: a recording that SIGKILL has cut off is replayed without ip, with the calls of the run', async (t, namespace) => {
	const file = join(scratch(t), 'recording.ndjson');
	const {netmon, runtime, fence} = await startWatch(t, namespace, {args: ['--record', file]});
	runtime.fail('add-iface', 2);
	namespace.batch(vethPair('v0', '10.1.0.2/24'));
	await runtime.until('the third try', (calls) => calls.filter(({op}) => op === 'add-iface').length >= 3);
	namespace.ip('link del v0');
	await fence();
	netmon.child.kill('SIGKILL');
	await netmon.exited;
	const made = runtime.calls.map(({op, text}) => `{"op":"${op}","payload":${text}}`);
	writeFileSync(file, `${readFileSync(file, 'utf8')}{"at":1,"what":"ev`);
	const {code, stdout, stderr} = await replay(file, '--json');
	t.deepEqual([code, stderr], [0, '']);
	t.deepEqual(stdout.split('\n').slice(0, made.length), made);
	const lines = (await replay(file)).stdout;
	const stepped = (await replay(file, '--step')).stdout;
	t.regex(stepped, /< monitor: .*link \d+ v0.*\n(?:.*\n)*.*< ip: .*\n(?:.*\n)*.*call +add-iface v0/);
	t.regex(lines, /ready .*\n(?:.*\n)*.* \+ v0 .*\n(?:.*\n)*.*! call +add-iface v0 failed: .*refused on purpose\n/);
});

test('replay: what is no recording is refused, with what to do next', async (t) => {
	const folder = scratch(t);
	const file = join(folder, 'other.ndjson');
	for (const [content, message] of [
		[undefined, `cannot read ${file}: `],
		['', `${file} is no recording\n`],
		['{"v":1}\n', `${file} is no recording that this netmon can read: {"v":1}\n`],
	] as const) {
		if (content !== undefined) writeFileSync(file, content);
		const {code, stderr} = await replay(file);
		t.is(code, 2);
		t.true(stderr.startsWith(`Error: ${message}`), stderr);
	}
});
