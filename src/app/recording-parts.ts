import {closeSync, constants, existsSync, openSync, readSync, rmSync, statSync} from 'node:fs';
import type {DiskStep} from '../files/disk-work.js';
import {isRunLine} from '../host/recorded.js';

/** The most files of a recording: FILE, FILE.1 to FILE.3. */
const mostParts = 4;
/** This much of a file shows whether it is a recording. */
const firstBytes = 100;

/** The size at which the next file begins. The head of a file and its last line may exceed it. */
export function partShare(sizeBytes: number): number {
	return Math.floor(sizeBytes / (mostParts + 1));
}

const nameOf = (path: string, age: number) => (age === 0 ? path : `${path}.${age}`);
/** The name of the next file, until it replaces the newest. */
const freshName = (path: string) => `${path}.new`;

/** Makes a new file under this name, and shifts the older files by one number. The oldest is removed. */
export function nextPart(path: string): DiskStep[] {
	const fresh = freshName(path);
	const shifts = Array.from(
		{length: mostParts - 1},
		(_, age) => ({do: 'shift', from: nameOf(path, age), to: nameOf(path, age + 1)}) as const,
	);
	return [{do: 'remove', path: fresh}, {do: 'create', path: fresh}, ...shifts.toReversed(), {do: 'rename', from: fresh, to: path}];
}

/** Removes the files of an earlier recording with this name. Throws if a file with one of these names is no recording. */
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
