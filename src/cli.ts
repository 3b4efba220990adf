import {type Command, Config, Errors, run} from '@oclif/core';
import Completion from './commands/completion.js';
import Diff from './commands/diff.js';
import Doctor from './commands/doctor.js';
import List from './commands/list.js';
import Log from './commands/log.js';
import {mistakeIn, switchWithValue, unknownCommand} from './commands/mistakes.js';
import Replay from './commands/replay.js';
import Snapshot from './commands/snapshot.js';
import Verify from './commands/verify.js';
import Wait from './commands/wait.js';
import Watch from './commands/watch.js';
import Why from './commands/why.js';
import {exitCode} from './model/errors.js';
import {print} from './report/print.js';
import {report} from './report/user-error.js';

// NetmonHelp is for oclif, the rest for the man pages and docs/reference.md (scripts/command-pages.mjs).
export {blocksOf, NetmonHelp} from './commands/help.js';
export {commandTable} from './options/command-table.js';
export {goDefaults} from './options/go-flags.js';
export {groupNames, groupOf, variableOf} from './options/option-table.js';
export {otherVariables} from './options/other-variables.js';
export {exitStatusOf} from './report/exit-status.js';

/** oclif finds it by this name: the strategy `explicit` in package.json. */
export const COMMANDS = {
	watch: Watch,
	snapshot: Snapshot,
	wait: Wait,
	log: Log,
	diff: Diff,
	list: List,
	why: Why,
	verify: Verify,
	replay: Replay,
	doctor: Doctor,
	completion: Completion,
};

const {load} = Config.prototype;

/** oclif asks for the user's shell, and has no use for it. In a container nobody may know the user: then to ask is an error. */
Config.prototype.load = async function () {
	const {env} = process;
	const shell = 'SHELL';
	const known = env[shell] !== undefined;
	env[shell] ??= '';
	try {
		await load.call(this);
	} finally {
		if (!known) delete env[shell];
	}
};

/** Runs a `netmon` command with oclif. Resolves to the exit code. */
export async function runCommand(args: readonly string[], root: string): Promise<number> {
	const [command = '--help', ...rest] = asFlag(args);
	try {
		const config = await Config.load({root, userPlugins: false, devPlugins: false});
		if (!Object.hasOwn(COMMANDS, command) && !generalFlags.has(command)) throw unknownCommand(command, Object.keys(COMMANDS));
		const mistake = switchWithValue(rest, takesOf(command).flags);
		if (mistake !== undefined) throw mistake;
		return await printed(async () => {
			const result: unknown = await run([command, ...rest], config);
			return typeof result === 'number' ? result : exitCode.done;
		});
	} catch (error) {
		return report(error instanceof Errors.CLIError ? mistakeIn(error, command, takesOf(command), rest) : error, command);
	}
}

/**
 * Passes on to stdout what oclif prints meanwhile: help and versions. oclif writes to process.stdout. There a full disk is an exception
 * or an event, depending on the version of Node and on what stdout is.
 */
async function printed(work: () => Promise<number>): Promise<number> {
	const {stdout} = process;
	const write = stdout.write;
	let text = '';
	stdout.write = (chunk: string | Uint8Array) => {
		text += chunk;
		return true;
	};
	let code: number;
	try {
		code = await work();
	} catch (error) {
		if (!(error instanceof Errors.ExitError)) throw error;
		code = error.oclif.exit === 0 ? exitCode.done : exitCode.usage;
	} finally {
		stdout.write = write;
	}
	if (text !== '') await print(text);
	return code;
}

/** Words that may stand in place of a command. package.json declares the short ones for oclif. */
const generalFlags: ReadonlySet<string> = new Set(['--help', '-h', '--version', '-v']);

/** `netmon help COMMAND` is the same as `netmon COMMAND --help`, and -V the same as --version, as it is to `ip`. */
function asFlag(args: readonly string[]): readonly string[] {
	const [first, ...rest] = args;
	if (first === '-V') return ['--version', ...rest];
	return first === 'help' ? [...rest, '--help'] : args;
}

/** What a command takes; nothing if there is no such command. */
function takesOf(command: string): Pick<typeof Command, 'flags' | 'args'> {
	return Object.entries(COMMANDS).find(([name]) => name === command)?.[1] ?? {flags: {}, args: {}};
}
