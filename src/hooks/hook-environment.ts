import type {Envelope} from '../model/event.js';
import type {SubjectChange} from '../model/hook.js';

/** The prefix of a hook's variables. No option's variable starts with it, so a netmon that a hook starts takes none as an option. */
const prefix = 'NETMON_EVENT';

/** For netmon only: another program must not report that netmon is ready (`unset_environment` of sd_notify(3)). */
const ofTheService: ReadonlySet<string> = new Set(['NOTIFY_SOCKET', 'WATCHDOG_PID', 'WATCHDOG_USEC']);

/** netmon's own environment. A hook may run a netmon that has a hook: variables of the outer event must not reach the inner hook. */
export function inheritedEnvironment(own: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
	const kept = Object.entries(own).flatMap(([name, value]) =>
		value === undefined || name.startsWith(prefix) || ofTheService.has(name) ? [] : [[name, value] as const],
	);
	return Object.fromEntries(kept);
}

/** The event as environment variables, for programs that do not read JSON. */
export function eventEnvironment(event: Envelope & SubjectChange): Readonly<Record<string, string>> {
	const facts = Object.entries(factsOf(event)).flatMap(([name, value]) =>
		value === undefined ? [] : [[`${prefix}_${name}`, String(value)] as const],
	);
	return {[prefix]: event.event, ...Object.fromEntries(facts)};
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
