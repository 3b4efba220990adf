import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import test from 'ava';
import {isSkipped} from '../helpers/namespace.js';
import {root, runToEnd, testIp} from '../helpers/netmon.js';

/** Why the script cannot have a /run of its own here; undefined if it can. */
function whyNoMounts(): string | undefined {
	const rights = process.getuid?.() === 0 ? [] : ['--map-root-user'];
	const tried = spawnSync('unshare', [...rights, '--net', '--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/run'], {encoding: 'utf8'});
	return tried.status === 0
		? undefined
		: `no file system can be mounted in a namespace here: ${tried.error?.message ?? tried.stderr.trim()}`;
}

const title = 'docs/debugging.md: each output is what the command prints when the problem happens, but for times and numbers of processes';

/** Commands, and what they print. */
function outputs(texts: readonly string[]): Record<string, string> {
	return Object.fromEntries(
		texts.map((text) => {
			const [first = '', ...rest] = text.trim().split('\n');
			return [first, normal(rest.join('\n'))];
		}),
	);
}

/** Without what is another one each time, and without the columns that follow from its width. */
function normal(text: string): string {
	return text
		.replaceAll(/\d\d:\d\d:\d\d(?:\.\d{3})?/g, 'TIME')
		.replaceAll(/\d+(?:\.\d+)? (?:ms|s)\b/g, 'SOME TIME')
		.replaceAll(/attempt \d+/g, 'attempt N')
		.replaceAll(/^\d+( +pod7)/gm, 'PID$1')
		.replaceAll(/ {2,}/g, '  ');
}

const declare = isSkipped(title, whyNoMounts()) ? test.skip : test;

declare(title, async (t) => {
	const page = readFileSync(`${root}docs/debugging.md`, 'utf8');
	const {code, stdout, stderr} = await runToEnd([process.execPath, [`${root}scripts/debugging.mjs`]], testIp);
	t.deepEqual([code, stderr], [0, '']);
	const shown = [...page.matchAll(/^```console\n([\s\S]*?)^```/gm)].map(([, text = '']) => text);
	t.deepEqual(outputs(shown), outputs(stdout.split(/\n(?=\$ )/)));
});
