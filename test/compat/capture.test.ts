import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';
import type {Route} from '../../src/model/route.js';
import {capture, capturedLinks, capturedRoutes, doorbell, kernelNames} from '../helpers/captures.js';
import {namespaceTestWhere} from '../helpers/namespace.js';
import {root} from '../helpers/netmon.js';
import {scratchFolder} from '../helpers/runtime.js';

const run = promisify(execFile);
const newest = '7.1.0';

/** Kinds of the story that not every kernel has. */
const kinds = [
	'link add x type ifb',
	'tuntap add x1 mode tap',
	'link add x2 type vxlan id 1 dstport 4789',
	'link add link x name x3 type macvlan',
];

/** Whether the other end of a veth is up already is a matter of chance. */
function withoutCarrier(routes: readonly Route[]): Route[] {
	return routes.map((route) => ({...route, flags: route.flags.filter((flag) => flag !== 'linkdown')}));
}

namespaceTestWhere(kinds, `a capture of this machine's ip holds what that of ${newest} holds`, async (t) => {
	const folder = scratchFolder();
	t.teardown(folder.close);
	const out = join(folder.path, 'captured');
	await run(process.execPath, [join(root, 'scripts/capture.mjs'), '--out', out]);
	for (const file of ['addr-before.json', 'addr-after.json', 'addr4-after.json', 'addr6-after.json', 'addr-after-without-d.json']) {
		t.deepEqual(capturedLinks(out, file), capturedLinks(newest, file), file);
	}
	for (const file of ['routes-after.json', 'routes6-after.json', 'routes-after-without-d.json']) {
		t.deepEqual(withoutCarrier(capturedRoutes(out, file)), withoutCarrier(capturedRoutes(newest, file)), file);
	}
	t.deepEqual(kernelNames(out), kernelNames(newest));
	// The number of events about an address depends on when its duplicate address detection ends; their content does not.
	const events = (program: string) =>
		new Set(
			capture(program, 'monitor.txt')
				.toString('latin1')
				.split('\n')
				.slice(0, -1)
				.map((line) => JSON.stringify(doorbell(line))),
		);
	t.deepEqual([...events(out)].sort(), [...events(newest)].sort());
});
