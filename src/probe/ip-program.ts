import {IpUnavailableError} from '../model/errors.js';
import {executableAt, findProgram} from '../process/find-program.js';
import type {Lacks} from '../process/lacks.js';
import {type Command, Mortality} from '../process/mortal.js';

/** How `ip` and its companions are started: found once, with an environment of netmon's own. */
export interface IpProgram {
	readonly path: string;
	/** Namespace to enter (a path), or undefined for netmon's own. */
	readonly netns: string | undefined;
	readonly nsenter: string | undefined;
	/** How its processes are started. */
	readonly mortality: Mortality;
	readonly environment: Readonly<Record<string, string>>;
}

/**
 * @param ipOption what `--ip` says: a path or a name to look for in PATH
 * @param netns path of the namespace to look at
 * @param lacks what has been learned of this machine before
 */
export function findIpProgram(ipOption: string, netns: string | undefined, searchPath: string, lacks?: Lacks): IpProgram {
	const path = ipOption.includes('/') ? executableAt(ipOption) : findProgram(ipOption, searchPath);
	if (path === undefined) {
		throw new IpUnavailableError(
			`"${ipOption}" is not an executable program`,
			'Install iproute2 5.5 or later, or name its program with --ip PATH.',
		);
	}
	const nsenter = findProgram('nsenter', searchPath);
	if (netns !== undefined && nsenter === undefined) {
		throw new IpUnavailableError(
			'nsenter was not found, without which no other namespace can be entered',
			'Install util-linux, or start netmon inside the namespace.',
		);
	}
	return {
		path,
		netns,
		nsenter,
		mortality: new Mortality(searchPath, lacks),
		// LC_ALL=C: nothing that the user's locale or terminal says may change what is parsed.
		environment: {PATH: searchPath, LC_ALL: 'C'},
	};
}

/** The command line that runs `ip` with these arguments in the namespace. */
export function ipCommand(program: IpProgram, args: readonly string[]): Command {
	if (program.netns === undefined || program.nsenter === undefined) return {file: program.path, args};
	return {file: program.nsenter, args: [`--net=${program.netns}`, '--', program.path, ...args]};
}
