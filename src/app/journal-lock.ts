import {closeSync} from 'node:fs';
import {join} from 'node:path';
import {openOwnFile, readStart, rewriteFile} from '../files/own-file.js';
import {OutputUnavailableError} from '../model/errors.js';
import type {Log} from '../model/log.js';
import {findProgram} from '../process/find-program.js';
import {flockNow} from '../process/flock.js';

const limitBytes = 64;

/**
 * Locks a journal for one watch: two watches would each take the other's segments for their own. The kernel keeps the lock (flock(2)) until
 * this process ends. Throws an OutputUnavailableError with the pid of the watch that has it.
 */
export function lockJournal(directory: string, log: Log): void {
	const path = join(directory, 'lock');
	const flock = findProgram('flock', process.env['PATH'] ?? '');
	if (flock === undefined) {
		log.info({path: directory}, 'there is no flock to lock the journal, another watch must not write it');
		return;
	}
	// Never closed: the lock ends with its last descriptor.
	const file = openOwnFile(path, 'read');
	const end = flockNow(flock, file);
	if (end.what === 'busy') {
		const pid = /^\d+/.exec(readStart(file, limitBytes))?.[0];
		throw new OutputUnavailableError(
			`another netmon${pid === undefined ? '' : `, pid ${pid},`} already writes the journal ${directory}`,
			'Name another directory with --journal DIR: each watch needs one of its own.',
		);
	}
	if (end.what !== 'locked') {
		log.warn(
			{path: directory, reason: end.what === 'cannot now' ? end.reason : 'flock cannot lock a file there'},
			'the journal is not locked',
		);
		return;
	}
	const named = openOwnFile(path, 'write');
	rewriteFile(named, `${process.pid}\n`);
	closeSync(named);
}
