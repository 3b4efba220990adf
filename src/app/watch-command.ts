import type {WatchOptions} from '../options/watch-options.js';
import type {DaemonLog} from '../report/log.js';
import {daemonOutput, type EventOutput, observerOutput, openEventOutput} from './event-output.js';
import type {Ending} from './signals.js';
import {runWatch} from './watch.js';

/** `netmon watch`, which prints events and may be a service. Resolves to the exit code. */
export function watchCommand(options: WatchOptions): Promise<number> {
	return runWatch(options, {syslog: {tag: 'netmon', facility: 'daemon'}, isService: true, openOutput});
}

function openOutput(options: WatchOptions, ending: Ending | undefined, log: DaemonLog): EventOutput | undefined {
	const {output: form, color, timestamps, several} = options;
	if (form === undefined) return undefined;
	const listener = ending === undefined ? daemonOutput(log) : observerOutput(ending);
	return openEventOutput({form, color, timestamps, namespaces: several !== undefined}, listener);
}
