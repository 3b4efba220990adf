import {exitCode} from './model/errors.js';
import {splitProgram} from './options/hook-options.js';
import {snapshotOptions, waitOptions, watchOptions} from './options/option-table.js';
import {readQuickly, readQuicklyWithWords} from './options/quick-arguments.js';
import {checkSnapshotOptions} from './options/snapshot-options.js';
import {checkWaitOptions} from './options/wait-options.js';
import {checkWatchOptions} from './options/watch-options.js';
import {print} from './report/print.js';
import {report} from './report/user-error.js';
import {version} from './version.js';

/**
 * The `netmon` command. Commands with well-formed options start without oclif, because loading it takes longer than everything else; help
 * and mistakes go to oclif. Resolves to the exit code.
 *
 * @param loadCli loads the commands for oclif
 */
export async function netmon(
	args: readonly string[],
	root: string,
	loadCli: () => Promise<{runCommand(args: readonly string[], root: string): Promise<number>}>,
): Promise<number> {
	try {
		return (await runQuickly(args)) ?? (await (await loadCli()).runCommand(args, root));
	} catch (error) {
		return report(error, args[0]);
	}
}

async function runQuickly([command, ...rest]: readonly string[]): Promise<number | undefined> {
	if (command === 'watch') {
		const {options, program} = splitProgram(rest);
		const given = readQuickly(options, watchOptions);
		return given && (await import('./app/watch.js')).runWatch(checkWatchOptions(given, process.env, program));
	}
	if (command === 'snapshot') {
		const given = readQuickly(rest, snapshotOptions);
		return given && (await import('./app/snapshot.js')).takeSnapshot(checkSnapshotOptions(given, process.env));
	}
	if (command === 'wait') {
		const read = readQuicklyWithWords(rest, waitOptions);
		return read && (await import('./app/wait.js')).waitForConditions(checkWaitOptions(read.given, process.env, read.words));
	}
	if (command !== '--version' || rest.length > 0) return undefined;
	// In oclif's form.
	await print(`netmon/${version} ${process.platform}-${process.arch} node-${process.version}\n`);
	return exitCode.done;
}
