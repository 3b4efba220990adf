import {exitCode} from './model/errors.js';
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
	// Not worth loading the command for.
	if (rest[0] === '--help' || rest[0] === '-h') return undefined;
	if (command === 'watch') return (await import('./commands/quick-watch.js')).quickWatch(rest);
	if (command === 'snapshot') return (await import('./commands/quick-snapshot.js')).quickSnapshot(rest);
	if (command === 'wait') return (await import('./commands/quick-wait.js')).quickWait(rest);
	if (command !== '--version' || rest.length > 0) return undefined;
	// In oclif's form.
	await print(`netmon/${version} ${process.platform}-${process.arch} node-${process.version}\n`);
	return exitCode.done;
}
