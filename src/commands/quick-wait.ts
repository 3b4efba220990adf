import {waitForConditions} from '../app/wait.js';
import {waitOptions} from '../options/option-table.js';
import {readQuicklyWithWords} from '../options/quick-arguments.js';
import {checkWaitOptions} from '../options/wait-options.js';

/** `netmon wait` without oclif. Resolves to the exit code; undefined for help and mistakes, which oclif handles. */
export async function quickWait(words: readonly string[]): Promise<number | undefined> {
	const read = readQuicklyWithWords(words, waitOptions);
	return read && waitForConditions(checkWaitOptions(read.given, process.env, read.words));
}
