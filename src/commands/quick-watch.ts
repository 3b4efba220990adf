import {watchCommand} from '../app/watch-command.js';
import {splitProgram} from '../options/hook-options.js';
import {watchOptions} from '../options/option-table.js';
import {readQuickly} from '../options/quick-arguments.js';
import {checkWatchOptions} from '../options/watch-options.js';

/** `netmon watch` without oclif. Resolves to the exit code; undefined for help and mistakes, which oclif handles. */
export async function quickWatch(words: readonly string[]): Promise<number | undefined> {
	const {options, program} = splitProgram(words);
	const given = readQuickly(options, watchOptions);
	return given && watchCommand(checkWatchOptions(given, process.env, program));
}
