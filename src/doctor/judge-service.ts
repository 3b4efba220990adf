import {type Finding, fail, ok, warn} from '../model/finding.js';
import {heldCapabilities} from './capabilities.js';

/** A systemd service, and what it gives netmon. */
export interface ServiceSeen {
	readonly unit: string;
	/** `Type=`, `NotifyAccess=` and `ExecStart=`; undefined if systemd does not answer. */
	readonly type: string | undefined;
	readonly notifyAccess: string | undefined;
	readonly execStart: string | undefined;
	/** Path of systemd-notify. */
	readonly systemdNotify: string | undefined;
	/** Text of /proc/self/status. */
	readonly status: string | undefined;
	/** The folder of netmon's sockets, if it cannot be written. */
	readonly closedSocketFolder: string | undefined;
}

export function judgeService(seen: ServiceSeen): Finding[] {
	const {unit, type, execStart, systemdNotify, status, closedSocketFolder} = seen;
	const held = heldCapabilities(status);
	const notifies = type === undefined || type.startsWith('notify');
	return [
		judgeNotifyAccess(seen, held?.has('CAP_SYS_ADMIN') === true),
		...(notifies && systemdNotify === undefined
			? [fail('systemd-notify', `not found; ${unit} never gets ready`, 'Install the package that has systemd-notify, or set Type=exec.')]
			: []),
		...(execStart?.includes('--all-netns') === true && held?.has('CAP_SYS_PTRACE') === false
			? [
					warn(
						'service',
						"without CAP_SYS_PTRACE netmon does not find the namespaces of other users' processes",
						'Add it to CapabilityBoundingSet=.',
					),
				]
			: []),
		...(closedSocketFolder === undefined
			? []
			: [
					warn(
						'service',
						`${closedSocketFolder} cannot be written; netmon list and netmon why do not see this watch`,
						'Set RuntimeDirectory=netmon and RuntimeDirectoryPreserve=yes.',
					),
				]),
	];
}

/** With CAP_SYS_ADMIN a message from systemd-notify counts as netmon's own, which `main` accepts. */
function judgeNotifyAccess({unit, type, notifyAccess}: ServiceSeen, isAdmin: boolean): Finding {
	if (type === undefined) return ok('service', unit);
	const heard = notifyAccess === 'all' || (notifyAccess !== 'none' && isAdmin);
	if (heard || !type.startsWith('notify')) return ok('service', `${unit}, Type=${type}`);
	return fail(
		'service',
		`${unit} has Type=${type} and NotifyAccess=${notifyAccess}; systemd does not listen to systemd-notify`,
		'Set NotifyAccess=all.',
	);
}
