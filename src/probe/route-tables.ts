import {readdirSync, readFileSync} from 'node:fs';
import {UsageError} from '../model/errors.js';

/** Which routing tables are read. */
export interface RouteTables {
	/** What `ip route show table` is asked for. */
	readonly word: string;
	/** The table of a route that names none: `ip` leaves the table out if it was asked for one (print_route, ip/iproute.c). */
	readonly name: string;
	/** Whether a name or number that `ip` prints is one of them. */
	has(name: string): boolean;
}

export const mainTable: RouteTables = {word: 'main', name: 'main', has: (name) => name === 'main' || name === '254'};
const everyTable: RouteTables = {word: 'all', name: 'main', has: () => true};

/** RT_TABLE_* (linux/rtnetlink.h): `ip` knows these without a file. */
const known: readonly (readonly [number, string])[] = [
	[253, 'default'],
	[254, 'main'],
	[255, 'local'],
];

/** Where iproute2 looks for names: /etc, and from 6.5 on its own folder too. Later folders win (rtnl_rttable_initialize, lib/rt_names.c). */
const folders = ['/usr/share/iproute2', '/usr/lib/iproute2', '/etc/iproute2'];

/** Reads `main`, `all`, a number, or a name of rt_tables. Throws a UsageError if nothing has the name. */
export function routeTables(choice: string, where = '--table', read = readNames): RouteTables {
	if (mainTable.has(choice)) return mainTable;
	if (choice === 'all') return everyTable;
	const names = [...known, ...read()];
	const number = numberOf(choice) ?? names.findLast(([, name]) => name === choice)?.[0];
	if (number === undefined) {
		throw new UsageError(
			`${where} names no routing table: "${choice}"`,
			'Write it as main, all, a number from 1 on, or a name of /etc/iproute2/rt_tables.',
		);
	}
	const own = names.filter(([each]) => each === number).map(([, name]) => name);
	const spellings = new Set([String(number), ...own]);
	// Ask by number: a name that `ip` does not know would end its batch.
	return {word: String(number), name: own.at(-1) ?? String(number), has: (name) => spellings.has(name)};
}

/** 0 is no table: `ip` takes it for all tables. */
function numberOf(text: string): number | undefined {
	const number = /^(?:0x[\da-f]{1,8}|\d{1,10})$/i.test(text) ? Number(text) : 0;
	return number > 0 && number < 2 ** 32 ? number : undefined;
}

function readNames(): [number, string][] {
	return folders.flatMap((folder) => [...namesIn(`${folder}/rt_tables`), ...confFiles(`${folder}/rt_tables.d`).flatMap(namesIn)]);
}

function confFiles(folder: string): string[] {
	try {
		return readdirSync(folder)
			.filter((name) => /^[^.].*\.conf$/.test(name))
			.map((name) => `${folder}/${name}`);
	} catch {
		return [];
	}
}

function namesIn(file: string): [number, string][] {
	try {
		return parseNames(readFileSync(file, 'latin1'));
	} catch {
		return [];
	}
}

/** Parses lines as fread_id_name does (lib/rt_names.c): `100 name`, `0x64 name`, and comments. */
export function parseNames(text: string): [number, string][] {
	return text.split('\n').flatMap((line): [number, string][] => {
		const [, number, name] = /^\s*(0x[\da-f]+|\d+)\s+([^\s#]\S*)/i.exec(line) ?? [];
		return number === undefined || name === undefined ? [] : [[Number(number), name]];
	});
}
