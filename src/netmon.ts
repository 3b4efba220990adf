import {runWatch} from './daemon/watch-daemon.js';
import {readQuickly} from './options/quick-arguments.js';
import {checkWatchOptions} from './options/watch-options.js';
import {errorText, exitCodeOf} from './report/user-error.js';

/**
 * The `netmon` command. `watch` with well-formed options starts without oclif, which takes longer to
 * load than everything else; all that is left goes to it. Resolves to the exit code.
 *
 * @param loadCli loads the commands by oclif
 */
export async function netmon(
	args: readonly string[],
	root: string,
	loadCli: () => Promise<{runCommand(args: readonly string[], root: string): Promise<number>}>,
): Promise<number> {
	const [command, ...rest] = args;
	const given = command === 'watch' ? readQuickly(rest) : undefined;
	if (given === undefined) return (await loadCli()).runCommand(args, root);
	try {
		return await runWatch(checkWatchOptions(given, process.env));
	} catch (error) {
		process.stderr.write(errorText(error, process.env));
		return exitCodeOf(error);
	}
}
