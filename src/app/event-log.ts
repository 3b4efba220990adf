import type {Event} from '../model/event.js';
import type {Sink} from '../model/sink.js';
import type {DaemonLog} from '../report/log.js';

/** If nothing is written to stdout, changes are logged. Undefined if the log level would hide them. */
export function eventLog(log: DaemonLog): Sink | undefined {
	return log.says('info') ? {take: (event) => logEvent(event, log)} : undefined;
}

function logEvent(event: Event, log: DaemonLog): void {
	const changes = 'changes' in event ? {changes: event.changes} : {};
	if ('interface' in event && event.interface !== undefined) {
		const {ifindex, ifname} = event.interface;
		log.info({event: event.event, ifindex, ifname, ...changes}, 'interface change');
	} else if ('address' in event) {
		const {ifindex, ifname, address} = event;
		log.info({event: event.event, ifindex, ifname, address: `${address.local}/${address.prefixlen}`, ...changes}, 'address change');
	} else if ('route' in event && event.route !== undefined) {
		const {dst, dev} = event.route;
		log.debug({event: event.event, dst, dev, ...changes}, 'route change');
	}
}
