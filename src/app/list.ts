import {exitCode} from '../model/errors.js';
import type {WatchState} from '../model/watch-state.js';
import type {ListOptions} from '../options/inside-options.js';
import {aligned} from '../report/aligned.js';
import {localStamp} from '../report/lines.js';
import {print} from '../report/print.js';
import {runningWatches} from './running-watches.js';

/** Prints every running watch, and each namespace that it watches. Resolves to the exit code. */
export async function listWatches({json}: ListOptions): Promise<number> {
	const watches = await runningWatches();
	await print(json ? `${JSON.stringify(watches.flatMap(rowsOf))}\n` : table(watches));
	return exitCode.done;
}

function rowsOf({pid, since, namespaces}: WatchState) {
	return namespaces.map(({netns, sandbox, interfaces, routes, waiting, held, losses, missed}) => ({
		...{pid, netns, sandbox, since},
		...{interfaces: interfaces.length, routes: routes.length, waiting: waiting.length},
		held_until: held.map(({until}) => until).sort()[0] ?? null,
		last_loss: losses.last,
		missed,
	}));
}

function table(watches: readonly WatchState[]): string {
	if (watches.length === 0) return 'no netmon watch of this user is running\n';
	const head = ['PID', 'NETNS', 'SANDBOX', 'SINCE', 'INTERFACES', 'ROUTES', 'WAITING', 'HELD UNTIL', 'LAST LOSS', 'MISSED'];
	const cells = watches.flatMap((watch) => {
		// It waits for a namespace.
		if (watch.namespaces.length === 0) return [[String(watch.pid), '(none)', '-', moment(watch.since)]];
		return rowsOf(watch).map((row) => [
			...[String(row.pid), row.netns ?? '-', row.sandbox ?? '-', moment(row.since)],
			...[row.interfaces, row.routes, row.waiting].map(String),
			...[moment(row.held_until), moment(row.last_loss), String(row.missed)],
		]);
	});
	return aligned([head, ...cells]);
}

/** In the time zone of this machine, with the date if it is not today. */
function moment(time: string | null): string {
	if (time === null) return '-';
	const [day, clock = ''] = localStamp(Date.parse(time)).split(' ');
	const second = clock.replace(/\.\d+$/, '');
	return localStamp(Date.now()).startsWith(`${day} `) ? second : `${day} ${second}`;
}
