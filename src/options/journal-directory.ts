import {homedir} from 'node:os';
import {join} from 'node:path';

/** Where `netmon log` and `netmon diff` look for a journal when none is named. */
export function defaultJournal(environment: Readonly<Record<string, string | undefined>>): string {
	if (process.geteuid?.() === 0) return '/var/log/netmon';
	return join(environment['XDG_STATE_HOME'] || join(homedir(), '.local/state'), 'netmon/journal');
}
