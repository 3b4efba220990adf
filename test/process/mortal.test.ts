import {asNobody, whyNotNobody} from '../compat/without.js';
import {namespaceTestIf} from '../helpers/namespace.js';
import {runToEnd} from '../helpers/netmon.js';

/** Looks at a child that has ended, before Node reads its exit code. */
const script = `
import {spawn} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {Mortality} from '${new URL('../../src/process/mortal.js', import.meta.url).href}';
const mortality = new Mortality(process.env.PATH);
const {pid} = spawn('true');
while (!readFileSync('/proc/' + pid + '/stat', 'latin1').includes(') Z ')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
process.exit(mortality.blameProgram(pid, 'true') ? 1 : 0);
`;

namespaceTestIf(
	whyNotNobody,
	'a child that has just ended is not taken for one whose death signal the kernel has cleared',
	async (t, namespace) => {
		const [file, args] = asNobody([process.execPath, ['--input-type=module', '--eval', script]]);
		const {code, stderr} = await runToEnd(namespace.command(file, args));
		t.is(code, 0, stderr);
	},
);
