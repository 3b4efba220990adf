// Runs the tests by ava, and says at the end how many were skipped, and why.
//   node scripts/test.mjs [AVA'S ARGUMENTS…]
// NETMON_TEST_NEEDS=namespaces: tests that were skipped because no network namespace could be made are a failure.
import {spawn} from 'node:child_process';
import {closeSync, mkdtempSync, openSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {root} from './run.mjs';

const folder = mkdtempSync(join(tmpdir(), 'netmon-skipped-'));
const list = join(folder, 'skipped');
closeSync(openSync(list, 'a'));
process.on('exit', () => rmSync(folder, {recursive: true, force: true}));

const ava = join(root, 'node_modules/ava/entrypoints/cli.mjs');
const child = spawn(process.execPath, [ava, ...process.argv.slice(2)], {
	cwd: root,
	env: {...process.env, NETMON_TEST_SKIPPED: list},
	stdio: 'inherit',
});
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => child.kill(signal));

child.on('close', (code) => {
	const skipped = readFileSync(list, 'utf8')
		.split('\n')
		.filter(Boolean)
		.map((line) => JSON.parse(line));
	const reasons = new Map();
	for (const {why} of skipped) reasons.set(why, (reasons.get(why) ?? 0) + 1);
	for (const [why, count] of reasons) process.stdout.write(`skipped: ${count} ${count === 1 ? 'test' : 'tests'}: ${why}\n`);
	const lacking = skipped.some(({needs}) => needs === 'namespaces');
	if (lacking && process.env.NETMON_TEST_NEEDS === 'namespaces') {
		process.stdout.write('failed: network namespaces are needed here (NETMON_TEST_NEEDS=namespaces)\n');
		process.exitCode = 1;
	} else process.exitCode = code ?? 1;
});
