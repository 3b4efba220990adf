import {closeSync, constants, existsSync, openSync, readSync, rmSync, statSync} from 'node:fs';
import type {DiskStep} from '../files/disk-work.js';
import {isRunLine} from '../host/recorded.js';

/** A recording consists of so many files at most: FILE, FILE.1 to FILE.3. */
const mostParts = 4;
/** As much as tells a recording. */
const firstBytes = 100;

/** When another of its files begins. What it begins with, and its last line, may go beyond. */
export function partShare(sizeBytes: number): number {
	return Math.floor(sizeBytes / (mostParts + 1));
}

const nameOf = (path: string, age: number) => (age === 0 ? path : `${path}.${age}`);
/** Of the next one, until it takes the place of the newest. */
const freshName = (path: string) => `${path}.new`;

/** Makes another file under this name, and a number behind the names of those that are there. The oldest one goes. */
export function nextPart(path: string): DiskStep[] {
	const fresh = freshName(path);
	const shifts = Array.from(
		{length: mostParts - 1},
		(_, age) => ({do: 'shift', from: nameOf(path, age), to: nameOf(path, age + 1)}) as const,
	);
	return [{do: 'remove', path: fresh}, {do: 'create', path: fresh}, ...shifts.toReversed(), {do: 'rename', from: fresh, to: path}];
}

/** Removes what an earlier recording under this name has left. Throws where a file has such a name that is no recording. */
export function forgetOldParts(path: string): void {
	const older = Array.from({length: mostParts - 1}, (_, index) => nameOf(path, index + 1));
	const old = [...older, freshName(path)].filter(existsSync);
	for (const name of old) {
		if (!beginsAsRecording(name)) throw new Error(`${name} is in the way: it is no recording, and would be replaced by a part of this one`);
	}
	for (const name of old) rmSync(name);
}

function beginsAsRecording(path: string): boolean {
	// A pipe would be waited for.
	if (!statSync(path).isFile()) return false;
	const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
	try {
		const bytes = Buffer.alloc(firstBytes);
		const text = bytes.toString('utf8', 0, readSync(file, bytes, 0, firstBytes, 0));
		return text === '' || isRunLine(text);
	} finally {
		closeSync(file);
	}
}
