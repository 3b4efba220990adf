import type {SubjectLine} from '../diff/flaps.js';
import {linkState, localAddress, routeFacts} from '../probe/monitor/line-facts.js';
import type {MonitorEvent} from '../probe/monitor/monitor-line.js';

/** The subject of a monitor line; undefined if its flaps are not counted. */
export function subjectLine({kind, deleted, ifindex, name, bridgePort, said}: MonitorEvent): SubjectLine | undefined {
	if (said === undefined) return undefined;
	if (kind === 'route') {
		const facts = routeFacts(said);
		if (facts === undefined) return undefined;
		const {dst, dev, state} = facts;
		return {key: dst, subject: dev === undefined ? {kind: 'route', dst} : {kind: 'route', dst, dev}, deleted, state};
	}
	// A bridge's line about its port is worded differently, and would look like another state.
	if (ifindex === undefined || name === undefined || bridgePort) return undefined;
	const subject = {kind: 'interface', ifindex, ifname: name} as const;
	if (kind === 'link') return {key: `link ${ifindex}`, subject, deleted, state: linkState(said)};
	const local = localAddress(said);
	// The states of an address (tentative, then usable) follow one another anyway.
	return local === undefined ? undefined : {key: `address ${ifindex} ${local}`, subject, deleted, state: ''};
}
