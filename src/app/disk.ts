import {type Disk, DiskThread} from '../files/disk-thread.js';
import type {Log} from '../model/log.js';

/** Opens the disk for what is written at this path, and logs when it stalls. Throws if no thread can be started. */
export function openDisk(path: string, log: Log): Disk {
	return new DiskThread((stalls) => {
		if (stalls) log.error({path}, 'the disk does not answer, the watch goes on and what is to be written waits');
		else log.info({path}, 'the disk answers again');
	});
}
