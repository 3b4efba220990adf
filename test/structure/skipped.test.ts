import {chmodSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {root, runToEnd} from '../helpers/netmon.js';
import {scratchFolder} from '../helpers/runtime.js';

/** A PATH whose `unshare` always fails, as in a container without privileges. */
function pathWithoutNamespaces(folder: string): string {
	const unshare = join(folder, 'unshare');
	writeFileSync(unshare, '#!/bin/sh\necho "unshare: unshare failed: Operation not permitted" >&2\nexit 1\n');
	chmodSync(unshare, 0o755);
	return `${folder}:${process.env['PATH']}`;
}

for (const needed of [false, true]) {
	const outcome = needed ? 'fails with NETMON_TEST_NEEDS=namespaces' : 'passes';
	test(`npm test without namespaces ends with how many tests were skipped and why, and ${outcome}`, async (t) => {
		const {path, close} = scratchFolder();
		t.teardown(close);
		const {code, stdout} = await runToEnd(
			[process.execPath, [join(root, 'scripts/test.mjs'), 'build/test/integration/shared-mac.test.js']],
			{
				PATH: pathWithoutNamespaces(path),
				NETMON_TEST_NEEDS: needed ? 'namespaces' : '',
			},
		);
		const [last, ...before] = stdout.trimEnd().split('\n').reverse();
		const line = needed ? before[0] : last;
		t.regex(line ?? '', /^skipped: \d tests: no network namespace can be made here: unshare: unshare failed: Operation not permitted$/);
		t.is(code, needed ? 1 : 0);
	});
}
