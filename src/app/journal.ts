import {resolve} from 'node:path';
import {makeFolder} from '../files/make-folder.js';
import {openOwnFile} from '../files/own-file.js';
import {Journal} from '../journal/journal.js';
import {messageOf, OutputUnavailableError} from '../model/errors.js';
import {eventVersion} from '../model/event.js';
import type {Family} from '../model/link.js';
import type {Log} from '../model/log.js';
import type {Sink} from '../model/sink.js';
import type {JournalChoice} from '../options/journal-choice.js';
import {FileOutput} from '../report/file-output.js';
import {lockJournal} from './journal-lock.js';

/** How often to look for old segments. A namespace without events writes nothing, and so makes no room. */
const tidyMs = 10 * 60_000;
const directoryMode = 0o750;

/** Keeps events on disk (docs/events.md, "The journal"). */
export interface OpenJournal extends Sink {
	flush(limitMs: number): Promise<void>;
}

/** Throws an OutputUnavailableError where the directory or its first file cannot be made. */
export function openJournal({directory, sizeBytes, ageMs}: JournalChoice, families: readonly Family[], log: Log): OpenJournal {
	const open = (path: string) => openSegment(path, log);
	try {
		makeFolder(resolve(directory), directoryMode);
		lockJournal(directory, log);
		const counted = families.length > 1 ? undefined : families;
		const {pid} = process;
		const journal = new Journal({directory, sizeBytes, ageMs, pid, families: counted, log, open, now: Date.now, soon: setImmediate});
		const timer = setInterval(() => tidy(journal, log), tidyMs).unref();
		return {
			take: (event) => journal.take(event),
			flush(limitMs) {
				clearInterval(timer);
				return journal.close(limitMs);
			},
		};
	} catch (error) {
		if (error instanceof OutputUnavailableError) throw error;
		throw new OutputUnavailableError(
			`cannot write the journal ${directory}: ${messageOf(error)}`,
			'Name another directory with --journal DIR.',
			{
				cause: error,
			},
		);
	}
}

function tidy(journal: Journal, log: Log): void {
	try {
		journal.tidy();
	} catch (error) {
		log.error({reason: messageOf(error)}, 'cannot remove old segments of the journal');
	}
}

function openSegment(path: string, log: Log): FileOutput {
	return new FileOutput(openOwnFile(path, 'write'), {
		dropped: (count) => `${JSON.stringify({v: eventVersion, time: new Date().toISOString(), seq: 0, event: 'dropped', count})}\n`,
		failed: (error) => log.error({path, reason: messageOf(error)}, 'the journal cannot be written, trying again each second'),
	});
}
