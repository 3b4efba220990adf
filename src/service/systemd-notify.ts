import {Child, type ProcessEnd} from '../process/child.js';
import type {Mortality} from '../process/mortal.js';
import {Tail} from '../process/tail.js';

/** systemd-notify itself waits 5 s for systemd to take the message (sd_notify_barrier(3)). */
const limitMs = 10_000;

/** Sends a message of `NAME=value` fields. Resolves to why it could not be sent, or to undefined. */
export type SendNotice = (fields: readonly string[]) => Promise<string | undefined>;

/**
 * Sends with systemd-notify(1), since Node has no Unix datagram sockets. With CAP_SYS_ADMIN the message names netmon as its sender
 * (scm_check_creds, net/core/scm.c), otherwise systemd-notify, which `NotifyAccess=all` accepts.
 */
export function systemdNotify(program: string, socket: string, mortality: Mortality): SendNotice {
	return (fields) =>
		new Promise((resolve) => {
			const errors = new Tail();
			const child = new Child(
				{file: program, args: [`--pid=${process.pid}`, '--', ...fields]},
				mortality,
				{stdin: 'ignore', stdout: 'ignore', env: {NOTIFY_SOCKET: socket, LC_ALL: 'C'}},
				{
					onStderr: (chunk) => errors.push(chunk),
					onEnd(end) {
						clearTimeout(timer);
						resolve(end.exitCode === 0 ? undefined : reasonOf(end, errors.toString()));
					},
				},
			);
			const timer = setTimeout(() => child.kill(), limitMs);
		});
}

function reasonOf({exitCode, signal, failure}: ProcessEnd, stderr: string): string {
	if (failure !== undefined) return failure.message;
	if (stderr !== '') return stderr;
	return signal === undefined ? `systemd-notify ended with ${exitCode}` : `systemd-notify was ended by ${signal}`;
}
