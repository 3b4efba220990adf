import {runWatch} from './app/watch.js';
import {exitCode} from './model/errors.js';
import {GoFlagError, type GoFlags, goDefaults, parseGoFlags, parseLogLevel} from './options/go-flags.js';
import {variableOf} from './options/option-table.js';
import {checkWatchOptions} from './options/watch-options.js';
import {complain, print} from './report/print.js';
import {hasSyslog} from './report/syslog.js';
import {report} from './report/user-error.js';
import {sandboxDirectory} from './runtime/sandbox.js';
import {version} from './version.js';

const description = `
kata-netmon is a network monitoring process that is intended to be started in the
appropriate network namespace so that it can listen to any event related to
link and routes. Whenever a new interface or route is created/updated, it is
responsible for calling into the kata-runtime CLI to ask for the actual
creation/update of the given interface or route.

All else is set in the environment: NETMON_FAMILY, NETMON_INTERVAL, NETMON_ON_CHANGE,
NETMON_ADDRESS_WAIT, NETMON_PROFILE, NETMON_STATE_DIR, NETMON_RUNTIME_TIMEOUT, NETMON_IP, …

`;

/** The drop-in for kata-runtime's `[netmon] path`: the original's arguments and exit codes. Resolves to the exit code. */
export function kataNetmon(args: readonly string[]): Promise<number> {
	return run(args).catch((error: unknown) => report(error));
}

async function run(args: readonly string[]): Promise<number> {
	let flags: GoFlags;
	try {
		flags = parseGoFlags(args);
	} catch (error) {
		if (!(error instanceof GoFlagError)) throw error;
		await complain(`${error.message}\nUsage of kata-netmon:\n${goDefaults}`);
		return 2;
	}
	if (flags.help) {
		await print(description + goDefaults);
		return exitCode.done;
	}
	if (flags.version) {
		await print(`kata-netmon version ${version}\n`);
		return exitCode.done;
	}
	const missing = flags.sandbox === '' ? 'sandbox id' : flags.runtime === '' ? 'runtime path' : undefined;
	if (missing !== undefined) {
		await complain(`Error: ${missing} is empty, one must be provided\n${goDefaults}`);
		return exitCode.usage;
	}
	const level = parseLogLevel(flags.log);
	if (level === undefined) {
		await complain(`Error: not a valid logrus Level: "${flags.log}"\n`);
		return exitCode.usage;
	}
	const given = {
		sandbox: flags.sandbox,
		runtime: flags.runtime,
		'log-level': flags.debug && level === 'warn' ? 'debug' : level,
		// Like the original, since kata-runtime closes its stderr. The original does not start without a syslog; this one does.
		...(process.env[variableOf('syslog')] ? {} : {syslog: hasSyslog()}),
	};
	const options = checkWatchOptions(given, process.env);
	// Here `ID=NETNS` and '{netns}' are sandbox ids like any other, as for the original: refuse those that are none.
	sandboxDirectory(options.stateDir, flags.sandbox);
	// kata-runtime starts it without a stdout, and $NOTIFY_SOCKET belongs to the service that runs kata-runtime.
	return runWatch({...options, output: undefined}, {syslog: {tag: 'kata-netmon', facility: 'user'}, isService: false});
}
