import type {Envelope} from '../model/event.js';
import type {SubjectChange} from '../model/hook.js';

/** netmon's options come from `NETMON_…` (options/option-table.ts); none begins like this, so that a netmon that a program starts takes none of it. */
const prefix = 'NETMON_EVENT';

/** What a hook program finds in its environment: netmon's own, and the event in variables for those who read no JSON. */
export function hookEnvironment(
	event: Envelope & SubjectChange,
	own: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
	const environment: Record<string, string> = {};
	// A hook may run netmon with a hook: the outer event is none of the inner one's.
	for (const [name, value] of Object.entries(own)) if (value !== undefined && !name.startsWith(prefix)) environment[name] = value;
	environment[prefix] = event.event;
	for (const [name, value] of Object.entries(factsOf(event))) if (value !== undefined) environment[`${prefix}_${name}`] = String(value);
	return environment;
}

function factsOf(event: Envelope & SubjectChange): Readonly<Record<string, string | number | undefined>> {
	const NETNS = event.netns;
	if ('interface' in event) return {NETNS, IFINDEX: event.interface.ifindex, IFNAME: event.interface.ifname};
	if ('address' in event) {
		const {local, prefixlen} = event.address;
		return {NETNS, IFINDEX: event.ifindex, IFNAME: event.ifname, ADDRESS: `${local}/${prefixlen}`};
	}
	const {dst, gateway, via, dev} = event.route;
	return {NETNS, DST: dst, GATEWAY: gateway ?? via?.host, DEV: dev};
}
