import {join} from 'node:path';
import type {Log} from '../model/log.js';
import type {WatchOptions} from '../options/watch-options.js';
import {CheckedIp} from '../probe/checked-ip.js';
import type {IpProgram} from '../probe/ip-program.js';
import {checkedIpFile} from '../runtime/sandbox.js';
import {socketFolder} from '../serve/socket-folder.js';

/** What is known about `ip`. It is kept with the sandboxes or, if nothing is called, with this user's sockets once they have a folder. */
export function openCheckedIp(program: IpProgram, {sandbox, several, dryRun, stateDir}: WatchOptions, log: Log): CheckedIp {
	const calls = (sandbox !== undefined || several?.sandboxOf !== undefined) && !dryRun;
	const folder = calls ? stateDir : socketFolder(process.env);
	return new CheckedIp(program, folder && join(folder, checkedIpFile), log);
}
