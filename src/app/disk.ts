import {type Disk, DiskThread} from '../files/disk-thread.js';
import type {Log} from '../model/log.js';

/** The disk for what is written at this path. That it stalls is logged. Throws if no thread can be started. */
export function openDisk(path: string, log: Log): Disk {
	return new DiskThread((stalls) => {
		if (stalls) log.error({path}, 'the disk does not answer, the watch goes on and what is to be written waits');
		else log.info({path}, 'the disk answers again');
	});
}
