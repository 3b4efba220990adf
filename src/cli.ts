import {Config, Errors, run} from '@oclif/core';
import leven from 'leven';
import Diff from './commands/diff.js';
import Doctor from './commands/doctor.js';
import List from './commands/list.js';
import Log from './commands/log.js';
import Replay from './commands/replay.js';
import Snapshot from './commands/snapshot.js';
import Verify from './commands/verify.js';
import Wait from './commands/wait.js';
import Watch from './commands/watch.js';
import Why from './commands/why.js';
import {exitCode, UsageError} from './model/errors.js';
import {print} from './report/print.js';
import {report} from './report/user-error.js';

export {NetmonHelp} from './commands/help.js';

/** oclif finds it by this name: the strategy `explicit` in package.json. */
export const COMMANDS = {
	diff: Diff,
	doctor: Doctor,
	list: List,
	log: Log,
	replay: Replay,
	snapshot: Snapshot,
	verify: Verify,
	wait: Wait,
	watch: Watch,
	why: Why,
};

/** Runs a `netmon` command with oclif. Resolves to the exit code. */
export async function runCommand(args: readonly string[], root: string): Promise<number> {
	const [command = '--help', ...rest] = asFlag(args);
	try {
		const config = await Config.load({root, userPlugins: false, devPlugins: false});
		if (!Object.hasOwn(COMMANDS, command) && !generalFlags.has(command)) throw unknownCommand(command);
		return await printed(async () => {
			const result: unknown = await run([command, ...rest], config);
			return typeof result === 'number' ? result : exitCode.done;
		});
	} catch (error) {
		return report(error instanceof Errors.CLIError ? usageError(error, command) : error, command);
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

/** `netmon help COMMAND` is the same as `netmon COMMAND --help`. */
function asFlag(args: readonly string[]): readonly string[] {
	const [first, ...rest] = args;
	return first === 'help' ? [...rest, '--help'] : args;
}

function usageError(error: Errors.CLIError, command: string): UsageError {
	const [message = '', ...rest] = error.message.split('\n');
	const extra = /^command \S+?:(\S+) not found/.exec(message)?.[1];
	if (extra !== undefined) return new UsageError(`unexpected argument: ${extra}`, 'See more help with --help', {cause: error});
	if (error.message.startsWith('Missing ')) {
		const name = (rest[0] ?? '').split(/\s/, 1)[0] ?? '';
		return new UsageError(`no ${name.toUpperCase()} is named`, `See netmon ${command} --help.`, {cause: error});
	}
	const unknown = /^Nonexistent flags?: (?:--?)?([^\s,=]+)/.exec(message)?.[1];
	const nearest = unknown === undefined ? undefined : meantBy(unknown, flagNames(command));
	const advice = nearest === undefined ? rest.filter((line) => line !== '').join(' ') : `Did you mean --${nearest}?`;
	return new UsageError(message, advice || 'See more help with --help', {cause: error});
}

/** Names of options in other programs, by the name of netmon's option. */
const otherNames: Readonly<Record<string, readonly string[]>> = {
	dev: ['interface', 'iface', 'device', 'link', 'if'],
	netns: ['namespace', 'ns', 'net', 'pid'],
	family: ['ipv4', 'ipv6', 'inet', 'inet6', '4', '6'],
	output: ['format', 'ndjson'],
	only: ['filter', 'type', 'kind', 'events'],
	color: ['colour', 'no-color'],
	timestamps: ['ts', 'time', 'date'],
	'log-level': ['verbose', 'quiet', 'debug'],
	interval: ['poll', 'every'],
};

/** The option with the same meaning, or else the one with the most similar spelling. */
function meantBy(word: string, names: readonly string[]): string | undefined {
	return names.find((name) => otherNames[name]?.includes(word)) ?? nearestTo(word, names);
}

function flagNames(command: string): string[] {
	return Object.entries(COMMANDS).flatMap(([name, {flags}]) => (name === command ? Object.keys(flags) : []));
}

function unknownCommand(name: string): UsageError {
	if (name.startsWith('-')) return new UsageError(`${name} is not an option of netmon`, 'Options follow a command: see netmon --help.');
	const nearest = nearestTo(name, Object.keys(COMMANDS));
	return new UsageError(
		`${name} is not a netmon command`,
		nearest === undefined ? 'See netmon --help.' : `Did you mean netmon ${nearest}?`,
	);
}

/** With more edits than this, or than half of the word, it is no typing error. */
const mostEdits = 3;

function nearestTo(word: string, candidates: readonly string[]): string | undefined {
	// Two swapped letters are two edits: prefer a word of the same length.
	const distance = (candidate: string) => Math.abs(candidate.length - word.length);
	const ranked = candidates
		.map((candidate) => ({candidate, edits: leven(word, candidate)}))
		.sort((a, b) => a.edits - b.edits || distance(a.candidate) - distance(b.candidate));
	const [first] = ranked;
	return first !== undefined && first.edits <= Math.min(mostEdits, Math.ceil(word.length / 2)) ? first.candidate : undefined;
}
