import {readFileSync} from 'node:fs';

/** What a shell changes in the environment that it passes on, and how to undo it. */
export interface Repair {
	/** No variable's name begins with this. */
	readonly prefix: string;
	/** Variables that the shell adds. */
	readonly added: readonly string[];
	/** `NAME=VALUE` as in netmon's environment, for variables that the shell changes or drops. */
	readonly lost: readonly Buffer[];
	/** The program `env`, if `unset` is not enough. */
	readonly env: string | undefined;
}

/** `NAME=VALUE` by name, each byte as one latin1 character: Node's own view of the environment cannot hold every byte. */
export type Environment = ReadonlyMap<string, string>;

/** netmon's own environment as the kernel has it (proc(5)); if there is no /proc, as Node has it. */
export function ownEnvironment(): Environment {
	try {
		return parseEnvironment(readFileSync(`/proc/${isUnderInit() ? process.ppid : 'self'}/environ`));
	} catch {
		const entries = Object.entries(process.env).map(([name, value]) => `${name}=${value}\0`);
		return parseEnvironment(Buffer.from(entries.join('')));
	}
}

/** bin/init.sh is a shell too. What counts is the environment that it was given. */
function isUnderInit(): boolean {
	try {
		return readFileSync(`/proc/${process.ppid}/cmdline`, 'latin1').includes('bin/init.sh\0');
	} catch {
		// Its process may be hidden, or gone.
		return false;
	}
}

export function parseEnvironment(bytes: Buffer): Environment {
	const entries = bytes.toString('latin1').split('\0').slice(0, -1);
	return new Map(entries.map((entry) => [entry.slice(0, Math.max(0, entry.indexOf('='))), entry]));
}

/** The repair known without a test: every shell sets PWD. A test finds the rest (dash sets IFS and drops odd names, bash sets `_`). */
export function firstRepair(own: Environment): Repair {
	let prefix = 'n';
	while ([...own.keys()].some((name) => name.startsWith(prefix))) prefix += 'n';
	return {prefix, added: own.has('PWD') ? [] : ['PWD'], lost: [], env: undefined};
}

/** The repair that a test showed to be needed; the same one if it showed nothing. */
export function repairOf(own: Environment, handedOn: Environment, before: Repair, env: string | undefined): Repair {
	const {added, lost} = difference(own, handedOn);
	if (env === undefined || added.length + lost.length === 0) return before;
	return {...before, added: [...before.added, ...added], lost: lost.map((entry) => Buffer.from(entry, 'latin1')), env};
}

/** Names of variables that differ. */
export function differingNames(own: Environment, handedOn: Environment): string[] {
	const {added, lost} = difference(own, handedOn);
	return [...added, ...lost.map((entry) => entry.split('=', 1)[0] ?? '')];
}

function difference(own: Environment, handedOn: Environment): {readonly added: string[]; readonly lost: string[]} {
	return {
		added: [...handedOn.keys()].filter((name) => !own.has(name)),
		lost: [...own].filter(([name, entry]) => handedOn.get(name) !== entry).map(([, entry]) => entry),
	};
}
