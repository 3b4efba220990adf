import {fstatSync} from 'node:fs';

/** Priorities of syslog(3). The journal reads them as `<4>` at the start of a line (sd-daemon(3)). */
export const priority = {error: 3, warning: 4, info: 6, debug: 7} as const;

/**
 * Whether a descriptor is connected to the journal. `$JOURNAL_STREAM` names the device and inode of the connection. It may be set without
 * one, because a child with another stderr inherits it too (systemd.exec(5)).
 */
export function isJournal(fd: 1 | 2, environment: Readonly<Record<string, string | undefined>>): boolean {
	const stream = environment['JOURNAL_STREAM'];
	if (!stream) return false;
	const {dev, ino} = fstatSync(fd, {bigint: true});
	return stream === `${dev}:${ino}`;
}
