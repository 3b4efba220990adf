import {readFileSync} from 'node:fs';

/** What a shell changes in the environment that it hands on, and how to undo it. */
export interface Repair {
	/** No variable has a name that begins with it. */
	readonly prefix: string;
	/** Variables that the shell adds. */
	readonly added: readonly string[];
	/** `NAME=VALUE` as netmon has it, of those that the shell changes or drops. */
	readonly lost: readonly Buffer[];
	/** The program env, where `unset` is not enough. */
	readonly env: string | undefined;
}

/** `NAME=VALUE` by name, byte for byte as latin1: Node's own view of the environment cannot hold every byte. */
export type Environment = ReadonlyMap<string, string>;

/** netmon's own environment as the kernel has it (proc(5)); where /proc is missing, as Node has it. */
export function ownEnvironment(): Environment {
	try {
		return parseEnvironment(readFileSync('/proc/self/environ'));
	} catch {
		const entries = Object.entries(process.env).map(([name, value]) => `${name}=${value}\0`);
		return parseEnvironment(Buffer.from(entries.join('')));
	}
}

export function parseEnvironment(bytes: Buffer): Environment {
	const entries = bytes.toString('latin1').split('\0').slice(0, -1);
	return new Map(entries.map((entry) => [entry.slice(0, Math.max(0, entry.indexOf('='))), entry]));
}

/**
 * What is known without trying. Every shell sets PWD. dash sets IFS, and drops what is no identifier; bash sets `_`: that is tried.
 */
export function firstRepair(own: Environment): Repair {
	let prefix = 'n';
	while ([...own.keys()].some((name) => name.startsWith(prefix))) prefix += 'n';
	return {prefix, added: own.has('PWD') ? [] : ['PWD'], lost: [], env: undefined};
}

/** The repair of what trying has shown; the same one where it has shown nothing. */
export function repairOf(own: Environment, handedOn: Environment, before: Repair, env: string | undefined): Repair {
	const {added, lost} = difference(own, handedOn);
	if (env === undefined || added.length + lost.length === 0) return before;
	return {...before, added: [...before.added, ...added], lost: lost.map((entry) => Buffer.from(entry, 'latin1')), env};
}

/** Names that differ. */
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
