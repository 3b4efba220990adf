import {accessSync, constants, existsSync} from 'node:fs';
import {dirname} from 'node:path';
import type {Finding} from '../model/finding.js';
import {collect} from '../process/collect.js';
import {findProgram} from '../process/find-program.js';
import {Mortality} from '../process/mortal.js';
import {SpawnError} from '../process/spawn-error.js';
import {socketFolder} from '../serve/socket-folder.js';
import {isServiceProcess} from '../service/service-request.js';
import {judgeService} from './judge-service.js';
import {readText} from './read-text.js';

const systemctlLimitMs = 3000;

/** If systemd started this process for a service (as `ExecStartPre=`, for example): whether the service's settings are enough for netmon. */
export async function examineService(searchPath: string): Promise<Finding[]> {
	const {env} = process;
	const cgroup = readText('/proc/self/cgroup') ?? '';
	const unit = unitIn(cgroup);
	if (!env['INVOCATION_ID'] || unit === undefined || !isServiceProcess(env, process)) return [];
	const settings = await settingsOf(unit, cgroup, searchPath);
	const folder = socketFolder(env);
	return judgeService({
		unit,
		type: settings.get('Type'),
		notifyAccess: settings.get('NotifyAccess'),
		execStart: settings.get('ExecStart'),
		systemdNotify: findProgram('systemd-notify', searchPath),
		status: readText('/proc/self/status'),
		closedSocketFolder: folder === undefined || canWrite(existsSync(folder) ? folder : dirname(folder)) ? undefined : folder,
	});
}

/** The unit of a cgroup. Control processes, such as those of `ExecStartPre=`, have a group of their own below the unit's. */
export function unitIn(cgroup: string): string | undefined {
	return /^(?:0:|\d+:name=systemd):.*\/([^/\n]+\.service)(?:\/\.?control)?$/m.exec(cgroup)?.[1];
}

/** Empty if systemctl is missing or systemd does not answer. */
async function settingsOf(unit: string, cgroup: string, searchPath: string): Promise<ReadonlyMap<string, string>> {
	const systemctl = findProgram('systemctl', searchPath);
	if (systemctl === undefined) return new Map();
	const manager = /\/user@\d+\.service\//.test(cgroup) ? ['--user'] : [];
	const args = [...manager, 'show', '--property=Type,NotifyAccess,ExecStart', '--', unit];
	try {
		const {exitCode, stdout} = await collect({file: systemctl, args}, new Mortality(searchPath), {limitMs: systemctlLimitMs});
		return exitCode === 0 ? propertiesIn(stdout.toString('utf8')) : new Map();
	} catch (error) {
		if (!(error instanceof SpawnError)) throw error;
		return new Map();
	}
}

function propertiesIn(text: string): ReadonlyMap<string, string> {
	const lines = text.split('\n').map((line) => /^(\w+)=(.*)$/.exec(line));
	return new Map(lines.flatMap((match) => (match === null ? [] : [[match[1] ?? '', match[2] ?? ''] as const])));
}

function canWrite(folder: string): boolean {
	try {
		accessSync(folder, constants.W_OK | constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
