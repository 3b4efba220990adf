import {Config, Errors, flush, run} from '@oclif/core';
import leven from 'leven';
import Doctor from './commands/doctor.js';
import Snapshot from './commands/snapshot.js';
import Watch from './commands/watch.js';
import {exitCode, UsageError} from './errors.js';
import {errorText, exitCodeOf} from './report/user-error.js';

/** Found by oclif under this name: the strategy `explicit` in package.json. */
export const COMMANDS = {doctor: Doctor, snapshot: Snapshot, watch: Watch};

/** Runs a command of `netmon` by oclif. Resolves to the exit code. */
export async function runCommand(args: readonly string[], root: string): Promise<number> {
	try {
		const config = await Config.load({root, userPlugins: false, devPlugins: false});
		const [first] = args;
		if (first !== undefined && !first.startsWith('-') && first !== 'help' && !(first in COMMANDS)) throw unknownCommand(first);
		const result: unknown = await run(args.length === 0 ? ['--help'] : [...args], config);
		await flush();
		return typeof result === 'number' ? result : exitCode.done;
	} catch (error) {
		return report(error);
	}
}

function report(error: unknown): number {
	if (error instanceof Errors.ExitError) return error.oclif.exit === 0 ? exitCode.done : exitCode.usage;
	const usage = error instanceof Errors.CLIError ? usageError(error) : error;
	process.stderr.write(errorText(usage, process.env));
	return exitCodeOf(usage);
}

function usageError(error: Errors.CLIError): UsageError {
	const [message = '', ...rest] = error.message.split('\n');
	const extra = /^command \S+?:(\S+) not found/.exec(message)?.[1];
	if (extra !== undefined) return new UsageError(`unexpected argument: ${extra}`, 'See more help with --help', {cause: error});
	const unknown = /^Nonexistent flags?: (?:--?)?([^\s,]+)/.exec(message)?.[1];
	const nearest = unknown === undefined ? undefined : nearestTo(unknown, Object.keys({...Watch.flags, ...Snapshot.flags, ...Doctor.flags}));
	const advice = nearest === undefined ? rest.filter((line) => line !== '').join(' ') : `Did you mean --${nearest}?`;
	return new UsageError(message, advice || 'See more help with --help', {cause: error});
}

function unknownCommand(name: string): UsageError {
	const nearest = nearestTo(name, Object.keys(COMMANDS));
	return new UsageError(
		`${name} is not a netmon command`,
		nearest === undefined ? 'See netmon --help.' : `Did you mean netmon ${nearest}?`,
	);
}

/** Farther away than this it is no slip of the finger. */
const mostEdits = 3;

function nearestTo(word: string, candidates: readonly string[]): string | undefined {
	const ranked = candidates.map((candidate) => ({candidate, edits: leven(word, candidate)})).sort((a, b) => a.edits - b.edits);
	const [first] = ranked;
	return first !== undefined && first.edits <= mostEdits ? first.candidate : undefined;
}
