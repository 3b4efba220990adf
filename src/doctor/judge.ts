import {type Finding, fail, ok, warn} from '../model/finding.js';
import {heldCapabilities} from './capabilities.js';

/** As in `engines` of package.json. */
const oldestNode = [20, 19] as const;

export function judgeNode(version: string): Finding {
	const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
	const [oldestMajor, oldestMinor] = oldestNode;
	const older = Number(major) < oldestMajor || (Number(major) === oldestMajor && Number(minor) < oldestMinor);
	return older
		? fail('node', `${version} is older than ${oldestMajor}.${oldestMinor}`, 'Install Node 20.19 or later.')
		: ok('node', version);
}

/**
 * @param status text of /proc/self/status, undefined if it cannot be read
 * @param own whether the namespace is netmon's own
 */
export function judgePrivileges(status: string | undefined, own: boolean): Finding {
	const held = heldCapabilities(status);
	if (held === undefined) return warn('privileges', 'cannot be read from /proc/self/status', 'Mount /proc.');
	const missing = (['CAP_SYS_ADMIN', 'CAP_NET_ADMIN'] as const).filter((name) => !held.has(name));
	if (missing.length === 0) return ok('privileges', 'CAP_SYS_ADMIN and CAP_NET_ADMIN');
	const without = `without ${missing.join(' and ')}`;
	if (missing.includes('CAP_SYS_ADMIN') && !own) {
		return warn('privileges', `${without} netmon cannot enter another namespace`, 'Run netmon as root, or inside the namespace.');
	}
	const limits = missing.includes('CAP_SYS_ADMIN')
		? "only netmon's own namespace can be watched"
		: 'the kernel may refuse the changes of a runtime';
	return warn('privileges', `${without} ${limits}`, 'This is enough for an observer. Run netmon as root for everything else.');
}

/**
 * Programs of util-linux, and what they are needed for.
 *
 * @param refusal what setpriv says about `--pdeathsig`; undefined if it accepts it
 */
export function judgeHelpers(
	setpriv: string | undefined,
	refusal: string | undefined,
	nsenter: string | undefined,
	own: boolean,
): Finding[] {
	const install = 'Install util-linux.';
	return [
		judgeSetpriv(setpriv, refusal),
		nsenter === undefined
			? (own ? warn : fail)('nsenter', 'not found; no other namespace can be entered', install)
			: ok('nsenter', nsenter),
	];
}

function judgeSetpriv(setpriv: string | undefined, refusal: string | undefined): Finding {
	const instead = 'a pipe and one more process for each child end it with netmon';
	const install = 'Install util-linux 2.33 or later.';
	if (setpriv === undefined) return warn('setpriv', `not found; ${instead}`, install);
	if (refusal !== undefined) return warn('setpriv', `${setpriv} has no --pdeathsig (${refusal}); ${instead}`, install);
	return ok('setpriv', setpriv);
}

/** @param reason why the kernel clears the death signal of `ip` */
export function judgeDeathSignal(reason: string): Finding {
	return warn(
		'ip',
		`${reason}, so the kernel clears its death signal; a pipe and one more process for each child end it with netmon`,
		'This works. To save the processes, name another ip with --ip PATH.',
	);
}

/** @param reason how `ip` or the kernel refuses it */
export function judgeNexthopGroup(reason: string): Finding {
	return warn(
		'nexthop',
		`there are no events of nexthop objects (${reason}); the poll finds what they change`,
		'They need Linux 5.3 and iproute2 5.3 or later.',
	);
}

export interface Directory {
	readonly path: string;
	/** The directory itself, or the nearest parent that exists. */
	readonly existing: string;
	readonly writable: boolean;
	readonly freeBytes: number | undefined;
}

const leastFreeBytes = 1024 * 1024;

/** @param needed whether a runtime is called, which needs the state directory */
export function judgeStateDirectory({path, existing, writable, freeBytes}: Directory, needed: boolean): Finding {
	const level = needed ? fail : warn;
	if (!writable) {
		return level(
			'state-dir',
			`${path}: this user cannot write to ${existing}`,
			'Choose another directory with --state-dir PATH, or run netmon as root.',
		);
	}
	if (freeBytes !== undefined && freeBytes < leastFreeBytes) {
		return level('state-dir', `${path}: the file system is full`, 'Free some space, or choose another directory with --state-dir PATH.');
	}
	return ok('state-dir', path === existing ? path : `${path}, will be created in ${existing}`);
}

/** @param found where the program was found, or why it cannot be run */
export function judgeRuntime(found: {readonly path: string} | {readonly why: string}): Finding {
	if ('path' in found) return ok('runtime', found.path);
	return fail('runtime', found.why, 'Name the program with -r PATH, and see that it has its run bit (chmod +x).');
}

/** How a monitor behaved that was started for the check. */
export type MonitorSeen =
	| {readonly outcome: 'ready'; readonly ms: number; readonly socketSeen: boolean}
	| {readonly outcome: 'assumed'}
	| {readonly outcome: 'ended'; readonly reason: string};

export function judgeMonitor(seen: MonitorSeen): Finding {
	switch (seen.outcome) {
		case 'ended':
			return fail('monitor', `ip monitor ended: ${seen.reason}`, 'Run "ip monitor label link address route nexthop" by hand to see why.');
		case 'assumed':
			return warn(
				'monitor',
				'netmon cannot see whether it is subscribed, and assumes so after 5 s',
				'Make /proc/PID/fd of your own processes readable.',
			);
		default:
			return seen.socketSeen
				? ok('monitor', `subscribed within ${seen.ms} ms`)
				: warn(
						'monitor',
						'subscribed, but /proc/PID/net/netlink does not show lost events; the poll finds their changes',
						'A shorter --interval finds them sooner.',
					);
	}
}

export function judgeBatch(answered: boolean): Finding {
	return answered
		? ok('batch', 'ip -batch answers')
		: warn(
				'batch',
				'ip -batch does not answer, so each question needs a process of its own',
				"Name iproute2's own program with --ip PATH.",
			);
}
