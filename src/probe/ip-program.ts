import {IpUnavailableError} from '../model/errors.js';
import {executableAt, findProgram} from '../process/find-program.js';

/** How `ip` and its companions are started: found once, with an environment of netmon's own. */
export interface IpProgram {
	readonly path: string;
	/** Namespace to enter (a path), or undefined for netmon's own. */
	readonly netns: string | undefined;
	readonly nsenter: string | undefined;
	readonly setpriv: string | undefined;
	readonly environment: Readonly<Record<string, string>>;
}

export interface Command {
	readonly file: string;
	readonly args: readonly string[];
}

/**
 * @param ipOption what `--ip` says: a path or a name to look for in PATH
 * @param netns path of the namespace to look at
 */
export function findIpProgram(ipOption: string, netns: string | undefined, searchPath: string): IpProgram {
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
		setpriv: findProgram('setpriv', searchPath),
		// LC_ALL=C: nothing that the user's locale or terminal says may change what is parsed.
		environment: {PATH: searchPath, LC_ALL: 'C'},
	};
}

/** The command line that runs `ip` with these arguments in the namespace. */
export function ipCommand(program: IpProgram, args: readonly string[]): Command {
	if (program.netns === undefined || program.nsenter === undefined) return {file: program.path, args};
	return {file: program.nsenter, args: [`--net=${program.netns}`, '--', program.path, ...args]};
}

/**
 * The same for a child that must not outlive netmon, not even its SIGKILL: setpriv asks the
 * kernel for a SIGKILL at the parent's death (PR_SET_PDEATHSIG, prctl(2)). A child that does not read from netmon
 * is also made to look whether the parent died before that was asked (`readsInput` false). Without
 * setpriv a shell holds a pipe from netmon (descriptor 3) and kills the child when it closes.
 */
export function mortalCommand(program: IpProgram, args: readonly string[], readsInput: boolean): Command {
	const {file, args: rest} = ipCommand(program, args);
	if (program.setpriv === undefined) {
		const watcher = '(read -r _; kill -9 $child) <&3 >/dev/null 2>&1 & watcher=$!; exec 3<&-';
		// The watcher goes with the child: it would else hold the pipe, and the child's end not be seen.
		const script = `"$@" <&4 3<&- & child=$!; exec 4<&-; ${watcher}; wait $child; end=$?; kill -9 $watcher; exit $end`;
		return {file: '/bin/sh', args: ['-c', `exec 4<&0; ${script}`, 'netmon', file, ...rest]};
	}
	const mortal = ['--pdeathsig', 'KILL', '--'];
	if (readsInput) return {file: program.setpriv, args: [...mortal, file, ...rest]};
	const script = '[ "$PPID" = "$1" ] || exit 0; shift; exec "$@"';
	return {file: program.setpriv, args: [...mortal, '/bin/sh', '-c', script, 'netmon', String(process.pid), file, ...rest]};
}

/**
 * How such a child is spawned: in a process group of its own, so that a Ctrl-C on the terminal is
 * netmon's to handle, and with the pipe that it is held by where there is no setpriv.
 *
 * @param stdout a descriptor, or a pipe to netmon
 */
export function mortalOptions<Stdout extends 'pipe' | number = 'pipe'>(
	program: IpProgram,
	stdin: 'ignore' | 'pipe',
	stdout: Stdout | 'pipe' = 'pipe',
) {
	const held: 'pipe'[] = program.setpriv === undefined ? ['pipe'] : [];
	const stdio: ['ignore' | 'pipe', Stdout | 'pipe', 'pipe', ...'pipe'[]] = [stdin, stdout, 'pipe', ...held];
	return {stdio, env: program.environment, detached: true};
}
