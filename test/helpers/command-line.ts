import {type Command, Errors, Parser} from '@oclif/core';
import {COMMANDS} from '../../src/cli.js';
import {mistakeIn, switchWithValue} from '../../src/commands/mistakes.js';
import {checkShell} from '../../src/options/completion-options.js';
import {checkDiffOptions} from '../../src/options/diff-options.js';
import {checkDoctorOptions} from '../../src/options/doctor-options.js';
import {parseGoFlags} from '../../src/options/go-flags.js';
import {splitProgram} from '../../src/options/hook-options.js';
import {checkListOptions, checkVerifyOptions, checkWhyOptions} from '../../src/options/inside-options.js';
import {checkLogOptions} from '../../src/options/log-options.js';
import type {GivenOptions} from '../../src/options/option-table.js';
import {checkReplayOptions} from '../../src/options/replay-options.js';
import {checkSnapshotOptions} from '../../src/options/snapshot-options.js';
import {checkWaitOptions} from '../../src/options/wait-options.js';
import {checkWatchOptions} from '../../src/options/watch-options.js';

interface Parsed {
	readonly flags: GivenOptions;
	readonly args: Readonly<Record<string, string | undefined>>;
	readonly argv: readonly string[];
	/** What stands after `--`. */
	readonly program: readonly string[] | undefined;
}

type Name = keyof typeof COMMANDS;

/** What each command does with what was parsed, before anything is started. */
const checks: Readonly<Record<Name, (parsed: Parsed) => unknown>> = {
	completion: ({args}) => checkShell(args['shell'] ?? ''),
	diff: ({flags, args}) => checkDiffOptions([args['a'], args['b']], flags, {}, new Date()),
	doctor: ({flags}) => checkDoctorOptions(flags, {}),
	list: ({flags}) => checkListOptions(flags, {}),
	log: ({flags}) => checkLogOptions(flags, {}, new Date()),
	replay: ({flags, argv}) => checkReplayOptions(argv, flags, {}),
	snapshot: ({flags}) => checkSnapshotOptions(flags, {}),
	verify: ({flags}) => checkVerifyOptions(flags, {}),
	wait: ({flags, argv}) => checkWaitOptions(flags, {}, argv),
	watch: ({flags, program}) => checkWatchOptions(flags, {}, program),
	why: ({flags, args}) => checkWhyOptions(flags, args['what'], {}),
};

/** Reads the words of a command line as the program does, and starts nothing. Rejects with what the program would say. */
export async function checkCommandLine([program = '', ...words]: readonly string[]): Promise<void> {
	if (program === 'kata-netmon') return void parseGoFlags(words);
	const [name = '', ...rest] = words;
	if (!isCommand(name)) throw new Error(`${program} ${name} is no command`);
	const {flags, args, strict}: Pick<typeof Command, 'flags' | 'args' | 'strict'> = COMMANDS[name];
	const {options, program: hook} = name === 'watch' ? splitProgram(rest) : {options: rest, program: undefined};
	const mistake = switchWithValue(options, flags);
	if (mistake !== undefined) throw mistake;
	try {
		const parsed = await Parser.parse([...options], {flags, args, strict});
		checks[name]({flags: {...parsed.flags}, args: {...parsed.args}, argv: parsed.argv.map(String), program: hook});
	} catch (error) {
		throw error instanceof Errors.CLIError ? mistakeIn(error, name, {flags, args}, rest) : error;
	}
}

function isCommand(name: string): name is Name {
	return Object.hasOwn(COMMANDS, name);
}
