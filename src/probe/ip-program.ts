import {IpUnavailableError} from '../model/errors.js';
import {findProgram, userProgram} from '../process/find-program.js';
import type {Lacks} from '../process/lacks.js';
import {type Command, Mortality} from '../process/mortal.js';

/** How to start `ip` and its companions: found once, with an environment of netmon's own. */
export interface IpProgram {
	readonly path: string;
	/** The path of the namespace to enter; undefined for netmon's own. */
	readonly netns: string | undefined;
	readonly nsenter: string | undefined;
	/** How its processes are tied to netmon's life. */
	readonly mortality: Mortality;
	readonly environment: Readonly<Record<string, string>>;
}

/**
 * @param ipOption the value of `--ip`: a path, or a name to look up in PATH
 * @param netns path of the namespace to watch
 * @param lacks what this machine is known to lack
 */
export function findIpProgram(ipOption: string, netns: string | undefined, searchPath: string, lacks?: Lacks): IpProgram {
	const found = userProgram(ipOption, searchPath);
	if ('why' in found) throw new IpUnavailableError(found.why, 'Install iproute2 5.5 or later, or name its program with --ip PATH.');
	const nsenter = findProgram('nsenter', searchPath);
	if (netns !== undefined && nsenter === undefined) {
		throw new IpUnavailableError(
			'nsenter was not found, and netmon needs it to enter another namespace',
			'Install util-linux, or start netmon inside the namespace.',
		);
	}
	return {
		path: found.path,
		netns,
		nsenter,
		mortality: new Mortality(searchPath, lacks),
		// LC_ALL=C: the user's locale must not change the output that is parsed.
		environment: {PATH: searchPath, LC_ALL: 'C'},
	};
}

/** The command line that runs `ip` in the namespace with these arguments. */
export function ipCommand(program: IpProgram, args: readonly string[]): Command {
	if (program.netns === undefined || program.nsenter === undefined) return {file: program.path, args};
	return {file: program.nsenter, args: [`--net=${program.netns}`, '--', program.path, ...args]};
}
