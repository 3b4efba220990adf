import {spawnSync} from 'node:child_process';
import {existsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import type {Shell} from '../../src/options/command-table.js';
import {programCommand, root} from './netmon.js';
import {scratchFolder} from './runtime.js';

/** Why there is no such shell here; undefined where there is one. */
export function whyNoShell(shell: Shell): string | undefined {
	return spawnSync(shell, ['-c', 'true']).status === 0 ? undefined : `${shell} is not installed`;
}

const printed = new Map<Shell, string>();

/** What `netmon completion` prints for the shell. */
export function completionScript(shell: Shell): string {
	const known = printed.get(shell);
	if (known !== undefined) return known;
	const [file, args] = programCommand('netmon', ['completion', shell]);
	const {status, stdout, stderr} = spawnSync(file, args, {encoding: 'utf8'});
	if (status !== 0) throw new Error(`netmon completion ${shell} ended with ${status}: ${stderr}`);
	printed.set(shell, stdout);
	return stdout;
}

/**
 * What the shell offers for each command line, in the order of the lines.
 *
 * @param inside the command line that runs another one where the shell is to look names up
 */
export function completions(
	t: ExecutionContext<unknown>,
	shell: Shell,
	lines: readonly string[],
	inside: (file: string, args: readonly string[]) => [string, readonly string[]] = (file, args) => [file, args],
): string[][] {
	const scratch = scratchFolder();
	t.teardown(() => scratch.close());
	const script = join(scratch.path, 'script');
	writeFileSync(script, completionScript(shell));
	const noConfiguration = {bash: ['--norc', '--noprofile'], zsh: ['-f'], fish: ['--no-config']}[shell];
	const program = `${root}test/fixtures/shells/complete.${shell}`;
	const [file, args] = inside(shell, [...noConfiguration, program, script, join(scratch.path, 'answer')]);
	const {status, stdout, stderr} = spawnSync(file, [...args], {
		cwd: scratch.path,
		encoding: 'utf8',
		input: lines.map((line) => `${line}\n`).join(''),
		env: {...process.env, HOME: scratch.path, LC_ALL: 'C.UTF-8'},
		timeout: 60_000,
		killSignal: 'SIGKILL',
	});
	t.deepEqual([status, stderr], [0, ''], shell);
	t.false(existsSync(join(scratch.path, 'evaluated')), 'no name was evaluated');
	const answers = stdout
		.split('\n')
		.slice(0, -1)
		.map((line) => line.split('\t'));
	t.deepEqual(
		answers.map(([line]) => line),
		[...lines],
	);
	return answers.map(([, ...found]) => found.filter((word) => word !== ''));
}
