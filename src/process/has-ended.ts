import {existsSync, readlinkSync} from 'node:fs';
import {isCode} from '../model/errors.js';

/** Whether a process has ended, even if Node has not seen that yet. It first loses its /proc/PID/exe (exit_mm in do_exit, kernel/exit.c). */
export function hasEnded(pid: number): boolean {
	try {
		readlinkSync(`/proc/${pid}/exe`);
		return false;
	} catch (error) {
		return isCode(error, 'ENOENT') && existsSync('/proc/self');
	}
}
