import {execFileSync, spawnSync} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {COMMANDS} from '../../src/cli.js';
import {root} from '../helpers/netmon.js';
import {scratchFolder} from '../helpers/runtime.js';
import {reportSkipped} from '../helpers/skipped.js';

/** The folder with the pages. */
const folder = (() => {
	const scratch = scratchFolder();
	test.after.always(() => scratch.close());
	const env = {...process.env, SOURCE_DATE_EPOCH: '1767225600'};
	execFileSync(process.execPath, [join(root, 'scripts/man.mjs'), '--out', scratch.path], {env});
	return scratch.path;
})();

function toolTest(tool: string, title: string, run: (t: ExecutionContext<unknown>) => void): void {
	const missing = spawnSync(tool, ['--version']).error !== undefined;
	if (missing) reportSkipped(title, `${tool} is not installed`);
	(missing ? test.skip : test)(title, run);
}

test('there is a man page for each command, in the package too, with the date of the sources', (t) => {
	const names = [...Object.keys(COMMANDS).map((name) => `netmon-${name}.1`), 'kata-netmon.1', 'netmon.1'].sort();
	t.deepEqual(readdirSync(folder).sort(), names);
	const {man}: {man: string[]} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
	t.deepEqual(
		[...man].sort(),
		names.map((name) => `./dist/man/${name}`),
	);
	for (const name of names) t.regex(readFileSync(join(folder, name), 'utf8'), /^\.TH \S+ 1 2026-01-01 "netmon \d/m);
});

toolTest('groff', 'groff has nothing to say of a man page, and shows every option at 80 columns', (t) => {
	for (const [name, {flags}] of Object.entries(COMMANDS)) {
		const page = join(folder, `netmon-${name}.1`);
		const {status, stdout, stderr} = spawnSync('groff', ['-man', '-ww', '-Tascii', '-rLL=80n', '-P-cbou', page], {encoding: 'utf8'});
		t.deepEqual([status, stderr], [0, ''], name);
		for (const option of Object.keys(flags)) t.regex(stdout, new RegExp(`^ {7}(?:-[a-z].*, )?--${option}\\b`, 'm'), name);
		const [text = ''] = stdout.split('\nEXAMPLES\n');
		t.deepEqual(
			text.split('\n').filter((line) => line.length > 80),
			[],
		);
	}
	for (const page of ['netmon.1', 'kata-netmon.1']) {
		t.is(spawnSync('groff', ['-man', '-ww', '-z', join(folder, page)], {encoding: 'utf8'}).stderr, '');
	}
});

toolTest('mandoc', 'mandoc finds no fault in a man page', (t) => {
	const pages = readdirSync(folder).map((name) => join(folder, name));
	const {status, stdout, stderr} = spawnSync('mandoc', ['-Tlint', '-Wwarning', ...pages], {encoding: 'utf8'});
	t.is(status, 0, stdout + stderr);
});
