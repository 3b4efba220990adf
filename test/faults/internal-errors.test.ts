import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {namespaceTest} from '../helpers/namespace.js';
import {startWatch} from '../helpers/netmon.js';
import {scratchFolder} from '../helpers/runtime.js';
import {waitFor} from '../helpers/wait.js';
import {makeLink} from './links.js';
import {logLines} from './log-lines.js';

for (const [what, script] of [
	['an error that nobody catches', "setTimeout(() => { throw new Error('a fault of this test'); })"],
	['a rejection that nobody handles', "void Promise.reject(new Error('a fault of this test'))"],
] as const) {
	for (const program of ['netmon', 'kata-netmon'] as const) {
		namespaceTest(`${program}: ${what} is logged with its stack, exit code 3, and no child is left`, async (t, namespace) => {
			const folder = scratchFolder();
			t.teardown(folder.close);
			const preload = join(folder.path, 'fault.cjs');
			writeFileSync(preload, `process.on('SIGUSR2', () => { ${script} });\n`);
			const {netmon, runtime} = await startWatch(t, namespace, {program, env: {NODE_OPTIONS: `--require=${preload}`}});
			runtime.hook('exec sleep 1000');
			makeLink(namespace, 'a0', 1);
			await runtime.until('a call', (calls) => calls.length === 1);
			netmon.child.kill('SIGUSR2');
			t.is(await netmon.exited, 3);
			const [line, ...more] = logLines(netmon, 'internal error, netmon ends');
			t.is(more.length, 0);
			t.is(line?.['reason'], 'a fault of this test');
			t.regex(String(line?.['stack']), /a fault of this test\n\s+at /);
			await waitFor('the end of all children', () => namespace.processes().length === 0);
		});
	}
}
