import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {isCode} from '../model/errors.js';

/** One file of a journal. */
export interface Segment {
	readonly path: string;
	/** Milliseconds since 1970: when it begins. */
	readonly begins: number;
	/** The process that has written it. */
	readonly pid: number;
	/** Counts the segments of one process, from 1. The first begins with what the process found; the others repeat the picture. */
	readonly number: number;
}

const nameForm = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)\.(\d{3})Z\.(\d+)\.(\d+)\.ndjson$/;
/** A segment whose picture is not complete yet. */
export const unfinishedSuffix = '.part';

/** `20261126T120304.123Z.4711.1.ndjson`: names sort in the order of the segments. */
export function segmentName(begins: number, pid: number, number: number): string {
	return `${new Date(begins).toISOString().replaceAll(/[-:]/g, '')}.${pid}.${number}.ndjson`;
}

/** The segments of a journal, oldest first; an empty list if there is no such directory. */
export function listSegments(directory: string): readonly Segment[] {
	return namesIn(directory)
		.flatMap((name) => segmentOf(directory, name) ?? [])
		.sort((a, b) => a.begins - b.begins || a.number - b.number);
}

/** Segments that a process left before their picture was complete. */
export function listUnfinished(directory: string): readonly string[] {
	return namesIn(directory)
		.filter((name) => name.endsWith(unfinishedSuffix) && segmentOf(directory, name.slice(0, -unfinishedSuffix.length)) !== undefined)
		.map((name) => join(directory, name));
}

function namesIn(directory: string): string[] {
	try {
		return readdirSync(directory);
	} catch (error) {
		if (isCode(error, 'ENOENT')) return [];
		throw error;
	}
}

function segmentOf(directory: string, name: string): Segment | undefined {
	const [, year, month, day, hour, minute, second, ms, pid, number] = nameForm.exec(name) ?? [];
	if (number === undefined) return undefined;
	const begins = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`);
	return Number.isNaN(begins) ? undefined : {path: join(directory, name), begins, pid: Number(pid), number: Number(number)};
}
