import {messageOf} from '../model/errors.js';
import type {WatchState} from '../model/watch-state.js';
import {complain} from '../report/print.js';
import {askState} from '../serve/ask-netmon.js';
import {livingSockets, socketFolder} from '../serve/socket-folder.js';

/** The state of each running watch of this user. If one does not answer, prints that on stderr. */
export async function runningWatches(): Promise<readonly WatchState[]> {
	const folder = socketFolder(process.env);
	if (folder === undefined) return [];
	const sockets = [...(await livingSockets(folder))];
	const states = await Promise.all(
		sockets.map(async ([pid, path]) => {
			try {
				return [await askState(path)];
			} catch (error) {
				// It may have ended meanwhile.
				if ((await livingSockets(folder)).has(pid)) await complain(`Warning: netmon, pid ${pid}, does not answer: ${messageOf(error)}\n`);
				return [];
			}
		}),
	);
	return states.flat();
}
