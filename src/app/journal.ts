import {resolve} from 'node:path';
import type {Disk} from '../files/disk-thread.js';
import {makeFolder} from '../files/make-folder.js';
import {Journal} from '../journal/journal.js';
import {OutputUnavailableError, reasonOf} from '../model/errors.js';
import type {Event, Kept} from '../model/event.js';
import type {Log} from '../model/log.js';
import type {Sink} from '../model/sink.js';
import type {JournalChoice} from '../options/journal-choice.js';
import {FileOutput} from '../report/file-output.js';
import {ndjsonLine} from '../report/ndjson-line.js';
import {openDisk} from './disk.js';
import {droppedEvent} from './dropped-event.js';
import {lockJournal} from './journal-lock.js';

/** How often to look for old segments and for the newest. A namespace without events writes nothing, and so makes no room. */
const checkMs = 10 * 60_000;
const directoryMode = 0o750;

/** Keeps events on disk (docs/events.md, "The journal"). */
export interface OpenJournal extends Sink {
	flush(limitMs: number): Promise<void>;
}

/** Throws an OutputUnavailableError if the directory or its first file cannot be made. */
export function openJournal(choice: JournalChoice, kept: Kept, log: Log): OpenJournal {
	const {directory} = choice;
	try {
		const disk = openDisk(directory, log);
		let last: Event | undefined;
		const dropped = (count: number) => (last === undefined ? '' : ndjsonLine(droppedEvent(last, count)));
		const output = (fd: number, path: string) => openSegment(fd, path, dropped, disk, log);
		makeFolder(resolve(directory), directoryMode);
		lockJournal(directory, log);
		const journal = new Journal({...choice, pid: process.pid, kept, log, disk, output, now: Date.now, soon: setImmediate});
		const timer = setInterval(() => journal.check(), checkMs).unref();
		return {
			take(event) {
				journal.take(event);
				last = event;
			},
			flush(limitMs) {
				clearInterval(timer);
				return journal.close(limitMs);
			},
		};
	} catch (error) {
		if (error instanceof OutputUnavailableError) throw error;
		throw new OutputUnavailableError(
			`cannot write the journal ${directory}: ${reasonOf(error)}`,
			'Name another directory with --journal DIR.',
			{cause: error},
		);
	}
}

function openSegment(fd: number, path: string, dropped: (count: number) => string, disk: Disk, log: Log): FileOutput {
	const failed = (error: unknown) => log.error({path, reason: reasonOf(error)}, 'the journal cannot be written, trying again each second');
	return new FileOutput(fd, {dropped, failed}, disk);
}
