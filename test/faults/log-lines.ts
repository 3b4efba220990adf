import {isNeighbour} from '../helpers/neighbours.js';
import type {Running} from '../helpers/netmon.js';
import {waitFor} from '../helpers/wait.js';

/** A line of netmon's log. */
export type LogLine = Readonly<Record<string, unknown>>;

/** The complete lines of the log so far, with this message or all, but for those about a story's neighbours. */
export function logLines({stderr}: Pick<Running, 'stderr'>, message?: string): LogLine[] {
	const lines: LogLine[] = stderr
		.split('\n')
		.slice(0, -1)
		.map((line) => JSON.parse(line))
		.filter(({sandbox}: LogLine) => !isNeighbour(sandbox));
	return message === undefined ? lines : lines.filter(({msg}) => msg === message);
}

export const failed = 'runtime call failed, it is held back';

/** Waits until the log has this many lines with this message that meet a condition. */
export function untilLogged(
	netmon: Running,
	message: string,
	count = 1,
	holds: (line: LogLine) => boolean = () => true,
	limitMs?: number,
): Promise<LogLine[]> {
	return waitFor(
		`${count} × "${message}" in the log`,
		() => {
			const lines = logLines(netmon, message).filter(holds);
			return lines.length >= count ? lines : undefined;
		},
		limitMs,
	);
}

/** Requests the state by SIGUSR1. */
export async function stateOf(netmon: Running): Promise<LogLine> {
	const before = logLines(netmon, 'state').length;
	netmon.child.kill('SIGUSR1');
	const lines = await untilLogged(netmon, 'state', before + 1);
	const shown: unknown = lines.at(-1)?.['state'];
	const state: unknown = Array.isArray(shown) ? shown.find(({sandbox}) => !isNeighbour(sandbox)) : shown;
	if (typeof state !== 'object' || state === null) throw new Error('the state is no object');
	return {...state};
}
