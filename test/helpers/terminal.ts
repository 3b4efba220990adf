import {spawnSync} from 'node:child_process';
import type {ExecutionContext} from 'ava';
import {namespaceTest, type TestNamespace} from './namespace.js';
import {testIp} from './netmon.js';

/** Why there is no terminal here; undefined if there is one. `script` of util-linux makes it. */
const whyNoTerminal = ((): string | undefined => {
	const tried = spawnSync('script', ['--quiet', '--return', '--command', 'test -t 1', '/dev/null'], {stdio: 'ignore'});
	return tried.status === 0 ? undefined : (tried.error?.message ?? `script ended with ${tried.status}`);
})();

if (whyNoTerminal !== undefined) process.stderr.write(`skipped: tests that need a terminal, which cannot be made here: ${whyNoTerminal}\n`);

/** Declares a test that needs a namespace and a terminal. */
export function terminalTest(title: string, run: (t: ExecutionContext<unknown>, namespace: TestNamespace) => Promise<void>): void {
	if (whyNoTerminal === undefined) namespaceTest(title, run);
}

/** The command line that runs another one on a terminal. What the terminal shows is on stdout. */
export function onTerminal([file, args]: readonly [string, readonly string[]]): [string, string[]] {
	const quoted = [file, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
	// Without exec it depends on the shell whether there is another process between, which Ctrl-C would end too.
	return ['script', ['--quiet', '--return', '--flush', '--command', `exec ${quoted}`, '/dev/null']];
}

/** The environment of a netmon on a terminal that neither forces nor forbids colours. */
export const plain = {...testIp, TERM: 'xterm', NO_COLOR: ''};
