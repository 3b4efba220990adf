import {homedir} from 'node:os';
import {join} from 'node:path';

/** The directory where `netmon log` and `netmon diff` look for a journal by default. */
export function defaultJournal(environment: Readonly<Record<string, string | undefined>>): string {
	if (process.geteuid?.() === 0) return '/var/log/netmon';
	return join(environment['XDG_STATE_HOME'] || join(homedir(), '.local/state'), 'netmon/journal');
}
