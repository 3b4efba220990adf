import {existsSync, readlinkSync} from 'node:fs';
import {isCode} from '../model/errors.js';

/** Whether a process has ended, though Node may not have seen that yet. At its end it first lets go of its program (do_exit, kernel/exit.c). */
export function hasEnded(pid: number): boolean {
	try {
		readlinkSync(`/proc/${pid}/exe`);
		return false;
	} catch (error) {
		return isCode(error, 'ENOENT') && existsSync('/proc/self');
	}
}
