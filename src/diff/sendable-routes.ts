import {type AnnouncedInterface, entryFinder} from '../model/announced.js';
import type {InterfaceTable} from '../model/interface-table.js';
import {isLoopback} from '../model/link.js';
import type {NextHop, Route} from '../model/route.js';
import type {Rules} from '../model/rules.js';
import {goAddress} from '../text/ip-address.js';

/** A route in the runtime's terms; payload.ts gives it each profile's form. */
export interface SendableRoute {
	/** CIDR with its prefix, '' for a default route. */
	readonly dest: string;
	readonly gateway: string;
	readonly device: string;
	readonly source: string;
	readonly scope: number;
	/** Its form in the payload, once it was written: a route that stays is not written a second time. */
	readonly text?: string;
}

/** Why a route, or all but one of its next hops, is not sent. */
export interface LeftOut {
	readonly route: Route;
	readonly reason: string;
	/** Whether the guest lacks something that the namespace has. */
	readonly warn: boolean;
}

export interface RouteSelection {
	readonly routes: readonly SendableRoute[];
	readonly leftOut: readonly LeftOut[];
}

/** Names as the guest knows them, by the name that a link has now; undefined where the guest has no such link. */
export type GuestNames = ReadonlyMap<string, string>;

/** Names by which the guest knows the links it has (docs/rules.md, rule 6); the loopback is always one of them. */
export function guestNames(table: InterfaceTable, announced: readonly AnnouncedInterface[]): GuestNames {
	const names = new Map<string, string>();
	const entryOf = entryFinder(announced);
	for (const [ifindex, {link, incarnation}] of table) {
		const entry = entryOf(ifindex, incarnation);
		if (isLoopback(link)) names.set(link.ifname, 'lo');
		else if (entry?.standing === 'told') names.set(link.ifname, entry.record.name);
	}
	return names;
}

export type Judged =
	| {readonly kind: 'send'; readonly route: SendableRoute; readonly warning?: string}
	| {readonly kind: 'leave-out'; readonly reason: string}
	/** Left out by design, without a word. */
	| {readonly kind: 'skip'};

/** The list to send, in the kernel's order: docs/rules.md, rule 6. */
export function selectRoutes(observed: readonly Route[], names: GuestNames, rules: Rules): RouteSelection {
	return pickRoutes(
		observed,
		observed.map((route) => judgeRoute(route, names, rules)),
	);
}

/** @param judged parallel to the routes */
export function pickRoutes(observed: readonly Route[], judged: readonly Judged[]): RouteSelection {
	const routes: SendableRoute[] = [];
	const leftOut: LeftOut[] = [];
	const destinations = new Set<string>();
	// Over all routes at each change: an iterator over entries would make an object for each.
	for (let index = 0; index < observed.length; index += 1) {
		const route = observed[index];
		const verdict = judged[index];
		if (route === undefined) continue;
		if (verdict?.kind === 'leave-out') leftOut.push({route, reason: verdict.reason, warn: true});
		if (verdict?.kind !== 'send') continue;
		const key = destinationKey(route);
		if (destinations.has(key)) {
			leftOut.push({route, reason: 'another route to the same destination comes first', warn: false});
			continue;
		}
		destinations.add(key);
		routes.push(verdict.route);
		if (verdict.warning !== undefined) leftOut.push({route, reason: verdict.warning, warn: true});
	}
	return {routes, leftOut};
}

/** What routes to the same destination have in common. */
function destinationKey({dst, family}: Route): string {
	return dst === 'default' ? family : dst;
}

export function sameNames(a: GuestNames, b: GuestNames): boolean {
	if (a === b) return true;
	if (a.size !== b.size) return false;
	for (const [name, guestName] of a) if (b.get(name) !== guestName) return false;
	return true;
}

/** Whether a route is sent, by itself. */
export function judgeRoute(route: Route, names: GuestNames, rules: Rules): Judged {
	if (!rules.families.includes(route.family)) return {kind: 'skip'};
	// Numbers where the machine's rt_protos file names none: RTPROT_KERNEL is 2 (rtnetlink.h).
	if (!rules.kernelRoutes && (route.protocol === 'kernel' || route.protocol === '2')) return {kind: 'skip'};
	if (route.family === 'inet6' && /^fe[89ab][0-9a-f]:.*\/64$/i.test(route.dst)) return {kind: 'skip'};
	if (route.type !== 'unicast') return {kind: 'leave-out', reason: `its type is ${route.type}`};
	if (route.tos !== undefined) return {kind: 'leave-out', reason: 'it has a TOS'};
	if (route.from !== undefined) return {kind: 'leave-out', reason: 'it is for one source only'};
	if (route.nexthops !== undefined) return judgeMultipath(route, route.nexthops, names);
	const unfit = unfitHop(route, names);
	if (unfit !== undefined) return {kind: 'leave-out', reason: unfit};
	return {kind: 'send', route: sendable(route, route, names)};
}

/** The hop of the highest weight that can be sent: a guest with one way out beats one with none. */
function judgeMultipath(route: Route, hops: readonly NextHop[], names: GuestNames): Judged {
	let best: NextHop | undefined;
	for (const hop of hops) {
		if (unfitHop(hop, names) === undefined && hop.weight > (best?.weight ?? 0)) best = hop;
	}
	if (best === undefined || route.encap !== undefined) return {kind: 'leave-out', reason: 'the guest has none of its next hops'};
	return {kind: 'send', route: sendable(route, best, names), warning: 'of several next hops one is sent'};
}

function unfitHop(hop: Pick<NextHop, 'dev' | 'via' | 'encap'>, names: GuestNames): string | undefined {
	if (hop.encap !== undefined) return 'it is encapsulated';
	if (hop.via !== undefined) return 'its gateway is of the other family';
	if (hop.dev === undefined || !names.has(hop.dev)) return 'the guest does not have its interface';
	return undefined;
}

function sendable(route: Route, hop: Pick<NextHop, 'dev' | 'gateway'>, names: GuestNames): SendableRoute {
	return {
		dest: destination(route),
		gateway: goAddress(hop.gateway ?? ''),
		device: names.get(hop.dev ?? '') ?? '',
		source: goAddress(route.prefsrc ?? ''),
		scope: scopeNumber(route.scope),
	};
}

/** `ip` leaves out the prefix of a host route (format_host_rta_r, ip/iproute.c). */
function destination({dst, family}: Route): string {
	if (dst === 'default') return '';
	const [address = '', prefix = family === 'inet' ? '32' : '128'] = dst.split('/');
	return `${goAddress(address)}/${prefix}`;
}

/** RT_SCOPE_* (linux/rtnetlink.h). */
const scopes: Readonly<Record<string, number>> = {global: 0, site: 200, link: 253, host: 254, nowhere: 255};

function scopeNumber(scope: string): number {
	return scopes[scope] ?? Number(scope);
}
